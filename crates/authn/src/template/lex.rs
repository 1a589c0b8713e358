//! A template's text as pieces: literal text and the tokens of actions.

use super::{Position, TemplateError};
use serde_json::{Number, Value};

const OPEN: &str = "{{";
const CLOSE: &str = "}}";
const TRIM_CLOSE: &str = "-}}";
const BLANKS: [char; 4] = [' ', '\t', '\r', '\n'];

/// A piece of a template.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Piece {
    /// Text outside of actions, trimmed as its neighbours demand.
    Text(String, Position),
    /// The tokens between `{{` and `}}`.
    Action(Vec<Token>, Position),
}

/// A token of an action.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token {
    /// What it is.
    pub(super) kind: TokenKind,
    /// Whether a blank stands before it; `.a.b` and `.a .b` differ.
    pub(super) spaced: bool,
    /// Where it begins.
    pub(super) position: Position,
}

/// What a token is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum TokenKind {
    /// A keyword or the name of a function.
    Word(String),
    /// `.Name`.
    Field(String),
    /// `.` alone.
    Dot,
    /// `$` or `$name`, without the `$`.
    Variable(String),
    /// A string, a number, `true`, `false` or `nil`.
    Literal(Value),
    /// One of `( ) | , = :=`.
    Sign(&'static str),
}

/// Splits a template. Comments are left out, and the text on both sides of them becomes one.
pub(super) fn lex(text: &str) -> Result<Vec<Piece>, TemplateError> {
    let mut lexer = Lexer {
        rest: text,
        position: Position::START,
    };
    let mut pieces = Vec::new();
    let mut trims_start = false;
    loop {
        if trims_start {
            lexer.skip_blanks();
        }
        let text_at = lexer.position;
        let length = lexer.rest.find(OPEN).unwrap_or(lexer.rest.len());
        let literal = lexer.take(length);
        let action_at = lexer.position;
        let opened = lexer.eat(OPEN);
        let trims_end = opened && lexer.eat_trim_marker();
        push_text(&mut pieces, literal, trims_end, text_at);
        if !opened {
            return Ok(pieces);
        }
        lexer.skip_blanks();
        trims_start = if lexer.eat("/*") {
            lexer.comment(action_at)?
        } else {
            let (tokens, trims) = lexer.action(action_at)?;
            pieces.push(Piece::Action(tokens, action_at));
            trims
        };
    }
}

fn push_text(pieces: &mut Vec<Piece>, literal: &str, trims_end: bool, position: Position) {
    let literal = if trims_end {
        literal.trim_end_matches(BLANKS)
    } else {
        literal
    };
    match pieces.last_mut() {
        Some(Piece::Text(before, _)) => before.push_str(literal),
        _ if literal.is_empty() => {}
        _ => pieces.push(Piece::Text(literal.to_owned(), position)),
    }
}

struct Lexer<'a> {
    rest: &'a str,
    position: Position,
}

impl<'a> Lexer<'a> {
    /// Takes `length` bytes off the front, which must end between two characters.
    fn take(&mut self, length: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(length);
        self.position = self.position.after(taken);
        self.rest = rest;
        taken
    }

    fn take_while(&mut self, belongs: impl Fn(char) -> bool) -> &'a str {
        let length = self.rest.find(|c| !belongs(c)).unwrap_or(self.rest.len());
        self.take(length)
    }

    fn eat(&mut self, prefix: &str) -> bool {
        let found = self.rest.starts_with(prefix);
        if found {
            self.take(prefix.len());
        }
        found
    }

    /// A `-` that is followed by a blank; `{{-1}}` is a number.
    fn eat_trim_marker(&mut self) -> bool {
        let marker = self.rest.strip_prefix('-');
        marker.is_some_and(|after| after.starts_with(BLANKS)) && self.eat("-")
    }

    fn skip_blanks(&mut self) -> bool {
        !self.take_while(|c| BLANKS.contains(&c)).is_empty()
    }

    /// Skips a comment and says whether it trims what follows.
    fn comment(&mut self, opened_at: Position) -> Result<bool, TemplateError> {
        let length = self.rest.find("*/");
        let length = length.ok_or_else(|| opened_at.fault("the comment is not closed"))?;
        self.take(length + 2);
        self.close()
            .ok_or_else(|| opened_at.fault("a comment must end at the closing delimiter"))
    }

    /// Takes the closing delimiter, if it comes next, and says whether it trims what follows.
    fn close(&mut self) -> Option<bool> {
        let spaced = self.skip_blanks();
        if spaced && self.eat(TRIM_CLOSE) {
            Some(true)
        } else {
            self.eat(CLOSE).then_some(false)
        }
    }

    fn action(&mut self, opened_at: Position) -> Result<(Vec<Token>, bool), TemplateError> {
        let mut tokens = Vec::new();
        loop {
            let spaced = self.rest.starts_with(BLANKS);
            if let Some(trims) = self.close() {
                return Ok((tokens, trims));
            }
            if self.rest.is_empty() {
                return Err(opened_at.fault("the action is not closed"));
            }
            let position = self.position;
            let kind = self.token()?;
            tokens.push(Token {
                kind,
                spaced,
                position,
            });
        }
    }

    fn token(&mut self) -> Result<TokenKind, TemplateError> {
        for sign in [":=", "=", "(", ")", "|", ","] {
            if self.eat(sign) {
                return Ok(TokenKind::Sign(sign));
            }
        }
        let at = self.position;
        let mut characters = self.rest.chars();
        let (first, second) = (characters.next(), characters.next());
        let digit_follows = second.is_some_and(|c| c.is_ascii_digit());
        match first {
            Some('"') => self.quoted(at).map(TokenKind::Literal),
            Some('`') => self.raw(at).map(TokenKind::Literal),
            Some('\'') => self.character(at).map(TokenKind::Literal),
            Some('$') => {
                self.take(1);
                Ok(TokenKind::Variable(self.take_while(is_word).to_owned()))
            }
            Some('.') if !digit_follows => {
                self.take(1);
                let name = self.take_while(is_word);
                Ok(if name.is_empty() {
                    TokenKind::Dot
                } else {
                    TokenKind::Field(name.to_owned())
                })
            }
            Some('0'..='9' | '+' | '-' | '.') => self.number(at).map(TokenKind::Literal),
            Some(c) if is_word(c) => Ok(word(self.take_while(is_word))),
            _ => Err(at.fault("unexpected character")),
        }
    }

    fn quoted(&mut self, at: Position) -> Result<Value, TemplateError> {
        self.take(1);
        let mut text = String::new();
        loop {
            match self.take_character() {
                Some('"') => return Ok(Value::String(text)),
                Some('\\') => text.push(self.escaped(at)?),
                Some('\n') | None => return Err(at.fault("the string is not closed")),
                Some(c) => text.push(c),
            }
        }
    }

    fn raw(&mut self, at: Position) -> Result<Value, TemplateError> {
        self.take(1);
        let text = self.take_while(|c| c != '`').to_owned();
        if self.eat("`") {
            Ok(Value::String(text))
        } else {
            Err(at.fault("the string is not closed"))
        }
    }

    /// A character constant is the number of its character.
    fn character(&mut self, at: Position) -> Result<Value, TemplateError> {
        self.take(1);
        let c = match self.take_character() {
            Some('\\') => self.escaped(at)?,
            Some(c) if c != '\'' && c != '\n' => c,
            _ => return Err(at.fault("malformed character constant")),
        };
        if self.eat("'") {
            Ok(Value::from(u32::from(c)))
        } else {
            Err(at.fault("malformed character constant"))
        }
    }

    fn take_character(&mut self) -> Option<char> {
        let c = self.rest.chars().next()?;
        self.take(c.len_utf8());
        Some(c)
    }

    /// What stands behind a backslash, in the escapes of Go's string literals.
    fn escaped(&mut self, at: Position) -> Result<char, TemplateError> {
        let unknown = || at.fault("unknown escape in a string");
        let (digits, radix) = match self.take_character().ok_or_else(unknown)? {
            'a' => return Ok('\u{7}'),
            'b' => return Ok('\u{8}'),
            'f' => return Ok('\u{c}'),
            'n' => return Ok('\n'),
            'r' => return Ok('\r'),
            't' => return Ok('\t'),
            'v' => return Ok('\u{b}'),
            c @ ('\\' | '"' | '\'') => return Ok(c),
            'x' => (2, 16),
            'u' => (4, 16),
            'U' => (8, 16),
            _ => return Err(unknown()),
        };
        let mut code = 0_u32;
        for _ in 0..digits {
            let digit = self.take_character().and_then(|c| c.to_digit(radix));
            code = code << 4 | digit.ok_or_else(unknown)?;
        }
        char::from_u32(code).ok_or_else(unknown)
    }

    fn number(&mut self, at: Position) -> Result<Value, TemplateError> {
        let sign = self.take(usize::from(self.rest.starts_with(['+', '-'])));
        let mut text = self.take_while(|c| is_word(c) || c == '.').to_owned();
        if text.ends_with(['e', 'E']) && self.rest.starts_with(['+', '-']) {
            text.push_str(self.take(1));
            text.push_str(self.take_while(|c| c.is_ascii_digit()));
        }
        parse_number(sign, &text.replace('_', ""))
            .map(Value::Number)
            .ok_or_else(|| at.fault("malformed number"))
    }
}

fn parse_number(sign: &str, text: &str) -> Option<Number> {
    let lower = text.to_ascii_lowercase();
    let radix = [("0x", 16), ("0o", 8), ("0b", 2)]
        .into_iter()
        .find_map(|(prefix, radix)| Some((lower.strip_prefix(prefix)?, radix)));
    if let Some((digits, radix)) = radix {
        let digits = digits.trim_start_matches(['+', '-']);
        return i64::from_str_radix(&format!("{sign}{digits}"), radix)
            .ok()
            .map(Number::from);
    }
    let signed = format!("{sign}{lower}");
    if let Ok(integer) = signed.parse::<i64>() {
        return Some(Number::from(integer));
    }
    let is_number = lower
        .bytes()
        .all(|byte| byte.is_ascii_digit() || b".e+-".contains(&byte));
    Number::from_f64(signed.parse().ok().filter(|_| is_number)?)
}

fn word(word: &str) -> TokenKind {
    match word {
        "true" => TokenKind::Literal(Value::Bool(true)),
        "false" => TokenKind::Literal(Value::Bool(false)),
        "nil" => TokenKind::Literal(Value::Null),
        word => TokenKind::Word(word.to_owned()),
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}
