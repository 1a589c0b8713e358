//! The expression of a condition: everything up to the brace that closes it, left as written.
//!
//! Braces in texts and comments close nothing. What the expression means is not read here.

use super::SyntaxError;
use super::lexer::{Lexer, is_blank};
use crate::place::Place;

/// Reads up to the closing brace of an expression and past it; the opening one has been read.
/// Says the expression, without blanks around it, and where it begins.
pub(super) fn read_expression(lexer: &mut Lexer<'_>) -> Result<(String, Place), SyntaxError> {
    let opened = lexer.place();
    let mut reader = Reader {
        lexer,
        text: String::new(),
        begin: None,
    };
    let mut depth = 0_usize;
    while let Some(next) = reader.lexer.rest().chars().next() {
        match next {
            '}' if depth == 0 => {
                reader.lexer.bump();
                let begin = reader.begin.unwrap_or(opened);
                return Ok((reader.text.trim().to_owned(), begin));
            }
            '}' => depth -= 1,
            '{' => depth += 1,
            _ => {}
        }
        reader.take_piece(next)?;
    }
    Err(opened.error(
        "found the end of the text, expected `}`: close the brace that opens the expression",
    ))
}

/// Whether an expression, written between braces, is read as it stands.
pub(super) fn is_readable(expression: &str) -> bool {
    let text = format!("{expression}\n}}");
    let mut lexer = Lexer::new(&text);
    let read = read_expression(&mut lexer);
    lexer.rest().is_empty() && read.is_ok_and(|(text, _)| text == expression)
}

struct Reader<'l, 't> {
    lexer: &'l mut Lexer<'t>,
    text: String,
    begin: Option<Place>,
}

impl Reader<'_, '_> {
    fn take_piece(&mut self, next: char) -> Result<(), SyntaxError> {
        if self.lexer.is_at_comment() {
            // The expression language has no `#`: what runs it would not know the comment.
            self.lexer.skip_line();
            let kept = self.text.trim_end_matches(is_blank).len();
            self.text.truncate(kept);
            return Ok(());
        }
        if self.lexer.rest().starts_with("//") {
            self.take_line();
            return Ok(());
        }
        if matches!(next, '"' | '\'') {
            return self.take_text(next);
        }
        self.take();
        Ok(())
    }

    fn take(&mut self) {
        let place = self.lexer.place();
        let Some(taken) = self.lexer.bump() else {
            return;
        };
        if self.begin.is_none() && !taken.is_whitespace() {
            self.begin = Some(place);
        }
        self.text.push(taken);
    }

    fn take_line(&mut self) {
        while !self.lexer.rest().is_empty() && !self.lexer.rest().starts_with('\n') {
            self.take();
        }
    }

    /// Takes a text between quotes, of which three are one that may span lines.
    fn take_text(&mut self, quote: char) -> Result<(), SyntaxError> {
        let opened = self.lexer.place();
        let is_raw = is_raw(&self.text);
        let triple: String = [quote; 3].iter().collect();
        let is_triple = self.lexer.rest().starts_with(&triple);
        let end = if is_triple { triple } else { quote.to_string() };
        self.take_counted(end.len());
        while let Some(next) = self.lexer.rest().chars().next() {
            if self.lexer.rest().starts_with(&end) {
                self.take_counted(end.len());
                return Ok(());
            }
            if next == '\n' && !is_triple {
                break;
            }
            self.take();
            let is_escape = next == '\\' && !is_raw;
            if is_escape && !self.lexer.rest().starts_with('\n') {
                self.take();
            }
        }
        Err(opened.error(format!(
            "this text has no end: close it with {end} before the line ends"
        )))
    }

    fn take_counted(&mut self, count: usize) {
        for _ in 0..count {
            self.take();
        }
    }
}

/// Whether the prefix of a text (`r`, `br`) says that a backslash in it is only a backslash.
fn is_raw(before: &str) -> bool {
    let rest = before.trim_end_matches(|c: char| c.is_alphanumeric() || c == '_');
    let prefix = before.get(rest.len()..).unwrap_or_default();
    ["r", "br"]
        .iter()
        .any(|raw| prefix.eq_ignore_ascii_case(raw))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<String, String> {
        let mut lexer = Lexer::new(text);
        match read_expression(&mut lexer) {
            Ok((text, _)) => Ok(text),
            Err(error) => Err(error.to_string()),
        }
    }

    #[test]
    fn braces_in_texts_and_comments_close_nothing() {
        for (text, expression) in [
            ("a}b", "a"),
            ("{'k': {}}['k']}", "{'k': {}}['k']"),
            (r#"a == "}" }"#, r#"a == "}""#),
            (r"a == '\'}' }", r"a == '\'}'"),
            (r#"a == r"\" }"#, r#"a == r"\""#),
            (r"a == bR'\' }", r"a == bR'\'"),
            (r#"xr"\" }" }"#, r#"xr"\" }""#),
            ("'''}\n'}''' }", "'''}\n'}'''"),
            ("a // }'\n}", "a // }'"),
            ("a # }'\n  && b}", "a\n  && b"),
            ("# }'\n  b}", "b"),
            ("a == ' # }'}", "a == ' # }'"),
            ("'' == \"\"}", "'' == \"\""),
        ] {
            assert_eq!(read(text).as_deref(), Ok(expression), "{text}");
        }
    }

    #[test]
    fn what_never_ends_is_named_where_it_begins() {
        assert!(read("a {").unwrap_err().starts_with("1:1: found the end"));
        let unclosed = read("a == 'b\n'}").unwrap_err();
        assert!(
            unclosed.starts_with("1:6: this text has no end"),
            "{unclosed}"
        );
    }

    #[test]
    fn an_expression_is_readable_when_it_comes_back() {
        for text in ["a", "{'a': 1}.a == 1", "a // b", "a\n  && b", "'}'"] {
            assert!(is_readable(text), "{text}");
        }
        for text in [" a", "a}", "a} //", "{", "'", "a # b", "a //\n'"] {
            assert!(!is_readable(text), "{text}");
        }
    }
}
