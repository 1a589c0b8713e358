//! Whether a body is JSON, with Go's words for what is wrong.

use super::JsonError;
use std::fmt::Write;
use types::limits::{JSON_DEPTH_MAX, JSON_VALUES_MAX};

/// Checks a whole body.
pub(super) fn check(body: &[u8]) -> Result<(), JsonError> {
    let mut scanner = Scanner {
        state: State::Value,
        open: Vec::new(),
        values: 0,
    };
    for byte in body {
        scanner.step(*byte)?;
    }
    // A blank ends numbers, and shows whether a word is complete.
    if scanner.state != State::End {
        scanner.step(b' ')?;
    }
    match scanner.state {
        State::End => Ok(()),
        _ => Err(JsonError::new("unexpected end of JSON input")),
    }
}

/// `text` as a Go string literal.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            c => push_escaped(&mut quoted, c),
        }
    }
    quoted.push('"');
    quoted
}

/// What may come next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Value,
    ValueOrEnd,
    Key,
    KeyOrEnd,
    AfterValue,
    /// After the whole value.
    End,
    Text,
    Escape,
    /// So many hexadecimal digits.
    Hex(u8),
    Minus,
    Zero,
    Integer,
    Point,
    Fraction,
    Exponent,
    ExponentSign,
    ExponentDigits,
    /// In a word, after so many of its letters.
    Word(&'static str, usize),
}

/// What is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Open {
    Key,
    Member,
    Array,
}

struct Scanner {
    state: State,
    open: Vec<Open>,
    /// How many values have begun.
    values: usize,
}

impl Scanner {
    fn step(&mut self, byte: u8) -> Result<(), JsonError> {
        let blank = matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
        let digit = byte.is_ascii_digit();
        self.state = match self.state {
            State::Value | State::ValueOrEnd | State::Key | State::KeyOrEnd if blank => self.state,
            State::ValueOrEnd if byte == b']' => return self.after_value(byte),
            State::Value | State::ValueOrEnd => return self.value(byte),
            State::KeyOrEnd if byte == b'}' => {
                self.replace_open(Open::Member);
                return self.after_value(byte);
            }
            State::Key | State::KeyOrEnd if byte == b'"' => State::Text,
            State::Key | State::KeyOrEnd => {
                return refuse(byte, "looking for beginning of object key string");
            }
            State::AfterValue | State::End => return self.after_value(byte),
            State::Text => match byte {
                b'"' => State::AfterValue,
                b'\\' => State::Escape,
                0..0x20 => return refuse(byte, "in string literal"),
                _ => State::Text,
            },
            State::Escape => match byte {
                b'b' | b'f' | b'n' | b'r' | b't' | b'\\' | b'/' | b'"' => State::Text,
                b'u' => State::Hex(4),
                _ => return refuse(byte, "in string escape code"),
            },
            State::Hex(left) if byte.is_ascii_hexdigit() => match left {
                0 | 1 => State::Text,
                left => State::Hex(left - 1),
            },
            State::Hex(_) => return refuse(byte, "in \\u hexadecimal character escape"),
            State::Minus if byte == b'0' => State::Zero,
            State::Minus | State::Integer if digit => State::Integer,
            State::Minus => return refuse(byte, "in numeric literal"),
            State::Zero | State::Integer if byte == b'.' => State::Point,
            State::Point | State::Fraction if digit => State::Fraction,
            State::Point => return refuse(byte, "after decimal point in numeric literal"),
            State::Zero | State::Integer | State::Fraction if matches!(byte, b'e' | b'E') => {
                State::Exponent
            }
            State::Exponent if matches!(byte, b'+' | b'-') => State::ExponentSign,
            State::Exponent | State::ExponentSign | State::ExponentDigits if digit => {
                State::ExponentDigits
            }
            State::Exponent | State::ExponentSign => {
                return refuse(byte, "in exponent of numeric literal");
            }
            State::Zero | State::Integer | State::Fraction | State::ExponentDigits => {
                return self.after_value(byte);
            }
            State::Word(word, read) => return self.word(byte, word, read),
        };
        Ok(())
    }

    fn value(&mut self, byte: u8) -> Result<(), JsonError> {
        if self.values == JSON_VALUES_MAX {
            let message = format!("more than {JSON_VALUES_MAX} values");
            return Err(JsonError::new(message));
        }
        self.values += 1;
        self.state = match byte {
            b'{' => {
                self.open(byte, Open::Key)?;
                State::KeyOrEnd
            }
            b'[' => {
                self.open(byte, Open::Array)?;
                State::ValueOrEnd
            }
            b'"' => State::Text,
            b'-' => State::Minus,
            b'0' => State::Zero,
            b'1'..=b'9' => State::Integer,
            b't' => State::Word("true", 1),
            b'f' => State::Word("false", 1),
            b'n' => State::Word("null", 1),
            _ => return refuse(byte, "looking for beginning of value"),
        };
        Ok(())
    }

    fn word(&mut self, byte: u8, word: &'static str, read: usize) -> Result<(), JsonError> {
        let expected = word.as_bytes().get(read).copied().unwrap_or_default();
        if byte != expected {
            let expected = char::from(expected);
            return refuse(byte, &format!("in literal {word} (expecting '{expected}')"));
        }
        self.state = if read + 1 == word.len() {
            State::AfterValue
        } else {
            State::Word(word, read + 1)
        };
        Ok(())
    }

    fn after_value(&mut self, byte: u8) -> Result<(), JsonError> {
        let blank = matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
        let open = self.open.last().copied();
        self.state = match (open, byte) {
            (None, _) if blank => State::End,
            (None, _) => return refuse(byte, "after top-level value"),
            (Some(_), _) if blank => State::AfterValue,
            (Some(Open::Key), b':') => {
                self.replace_open(Open::Member);
                State::Value
            }
            (Some(Open::Key), _) => return refuse(byte, "after object key"),
            (Some(Open::Member), b',') => {
                self.replace_open(Open::Key);
                State::Key
            }
            (Some(Open::Array), b',') => State::Value,
            (Some(Open::Member), b'}') | (Some(Open::Array), b']') => {
                self.open.pop();
                if self.open.is_empty() {
                    State::End
                } else {
                    State::AfterValue
                }
            }
            (Some(Open::Member), _) => return refuse(byte, "after object key:value pair"),
            (Some(Open::Array), _) => return refuse(byte, "after array element"),
        };
        Ok(())
    }

    fn open(&mut self, byte: u8, what: Open) -> Result<(), JsonError> {
        if self.open.len() == JSON_DEPTH_MAX {
            return refuse(byte, "exceeded max depth");
        }
        self.open.push(what);
        Ok(())
    }

    fn replace_open(&mut self, what: Open) {
        if let Some(open) = self.open.last_mut() {
            *open = what;
        }
    }
}

fn refuse(byte: u8, place: &str) -> Result<(), JsonError> {
    let mut message = String::from("invalid character '");
    match char::from(byte) {
        '\'' => message.push_str("\\'"),
        c => push_escaped(&mut message, c),
    }
    message.push_str("' ");
    message.push_str(place);
    Err(JsonError::new(message))
}

/// A character as it stands between quotes in Go; the quotes themselves are the caller's business.
fn push_escaped(text: &mut String, c: char) {
    let escape = match c {
        '\\' => "\\\\",
        '\u{7}' => "\\a",
        '\u{8}' => "\\b",
        '\u{c}' => "\\f",
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        '\u{b}' => "\\v",
        c => {
            let code = u32::from(c);
            // Writing to a string cannot fail.
            let _ = match c {
                ' ' => write!(text, " "),
                c if c.is_ascii_control() => write!(text, "\\x{code:02x}"),
                c if is_printable(c) => write!(text, "{c}"),
                _ if code < 0x1_0000 => write!(text, "\\u{code:04x}"),
                _ => write!(text, "\\U{code:08x}"),
            };
            return;
        }
    };
    text.push_str(escape);
}

/// What Go prints as it is; beyond Latin-1 an approximation.
fn is_printable(c: char) -> bool {
    let invisible = c.is_control()
        || c.is_whitespace()
        || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{feff}');
    !invisible
}
