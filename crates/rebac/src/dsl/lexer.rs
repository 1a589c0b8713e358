//! A text as words, marks and ends of lines; blanks and comments are passed over.

use super::names;
use crate::place::Place;

/// A piece of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token<'t> {
    /// A keyword, a name, a version.
    Word(&'t str),
    /// Any other character.
    Mark(char),
    /// The end of a line.
    NewLine,
    /// The end of the text.
    End,
}

/// A position in a text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lexer<'t> {
    rest: &'t str,
    place: Place,
    /// Whether a blank, or nothing, stands before `rest`: there, and only there, `#` begins a
    /// comment (`group#member` is none).
    is_after_blank: bool,
}

/// Longest piece of a text that a message repeats, in characters.
const QUOTE_CHARACTERS_MAX: usize = 60;

impl<'t> Lexer<'t> {
    /// Stands at the beginning of a text.
    pub(super) fn new(text: &'t str) -> Self {
        Self {
            rest: text.strip_prefix('\u{feff}').unwrap_or(text),
            place: Place { line: 1, column: 1 },
            is_after_blank: true,
        }
    }

    /// Reads a token, and says where it begins.
    pub(super) fn next(&mut self) -> (Token<'t>, Place) {
        self.skip_blanks();
        let place = self.place;
        let word = self.word();
        if !word.is_empty() {
            return (Token::Word(word), place);
        }
        let token = match self.bump() {
            None => Token::End,
            Some('\n') => Token::NewLine,
            Some(mark) => Token::Mark(mark),
        };
        (token, place)
    }

    /// Where it stands.
    pub(super) const fn place(&self) -> Place {
        self.place
    }

    /// The text that is left.
    pub(super) const fn rest(&self) -> &'t str {
        self.rest
    }

    /// Whether a comment begins here.
    pub(super) fn is_at_comment(&self) -> bool {
        self.is_after_blank && self.rest.starts_with('#')
    }

    /// Passes over a character.
    pub(super) fn bump(&mut self) -> Option<char> {
        let mut rest = self.rest.chars();
        let passed = rest.next()?;
        self.rest = rest.as_str();
        self.is_after_blank = passed == '\n' || is_blank(passed);
        if passed == '\n' {
            self.place.line = self.place.line.saturating_add(1);
            self.place.column = 1;
        } else {
            self.place.column = self.place.column.saturating_add(1);
        }
        Some(passed)
    }

    /// Passes over what is left of a line, except for its end.
    pub(super) fn skip_line(&mut self) {
        while !self.rest.is_empty() && !self.rest.starts_with('\n') {
            self.bump();
        }
    }

    fn skip_blanks(&mut self) {
        loop {
            if self.is_at_comment() {
                self.skip_line();
            } else if self.rest.starts_with(is_blank) {
                self.bump();
            } else {
                return;
            }
        }
    }

    fn word(&mut self) -> &'t str {
        let from = self.rest;
        while self.rest.starts_with(is_of_word) {
            self.bump();
        }
        // By lengths: comparing the texts would cost their whole length at every word.
        from.get(..from.len() - self.rest.len()).unwrap_or_default()
    }
}

impl Token<'_> {
    /// As a message says it.
    pub(super) fn describe(self) -> String {
        match self {
            Self::Word(word) if names::is_reserved(word) => format!("the keyword `{word}`"),
            Self::Word(word) => quote(word),
            Self::Mark(mark) => format!("`{}`", mark.escape_debug()),
            Self::NewLine => "the end of the line".to_owned(),
            Self::End => "the end of the text".to_owned(),
        }
    }
}

/// A word between backticks, cut where it is long.
pub(super) fn quote(word: &str) -> String {
    match word.char_indices().nth(QUOTE_CHARACTERS_MAX) {
        None => format!("`{}`", word.escape_debug()),
        Some((end, _)) => {
            let begin = word.get(..end).unwrap_or_default();
            format!("`{}…`", begin.escape_debug())
        }
    }
}

/// A carriage return is one, so that lines may end as on Windows.
pub(super) const fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\u{c}')
}

/// More than names may hold, so that a message can show the whole of a wrong one.
fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-' | '/' | '.')
}
