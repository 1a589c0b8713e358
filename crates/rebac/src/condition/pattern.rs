//! Regular expressions: linear in time, bounded in size, with the classes of RE2.

use regex::{Regex, RegexBuilder};

/// How much memory a compiled pattern may take.
const SIZE_BYTES_MAX: usize = 1 << 18;
/// How deep its groups may be nested.
const NEST_LIMIT: u32 = 32;
/// How long a pattern may be, whether it is written in the expression or comes with the context.
const PATTERN_BYTES_MAX: usize = 512;

/// A pattern, ready to be matched.
#[derive(Debug, Clone)]
pub(crate) struct Pattern {
    regex: Regex,
    /// In characters, as it was written: what a match costs depends on it.
    pub(crate) length: usize,
}

impl Pattern {
    /// Compiles a pattern; the error is a message in one line.
    pub(crate) fn new(pattern: &str) -> Result<Self, String> {
        if pattern.len() > PATTERN_BYTES_MAX {
            return Err(format!("longer than {PATTERN_BYTES_MAX} bytes"));
        }
        let regex = RegexBuilder::new(&with_ascii_classes(pattern))
            .size_limit(SIZE_BYTES_MAX)
            .dfa_size_limit(SIZE_BYTES_MAX)
            .nest_limit(NEST_LIMIT)
            .build()
            .map_err(|error| last_line(&error.to_string()))?;
        Ok(Self {
            regex,
            length: pattern.chars().count(),
        })
    }

    pub(crate) fn matches(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }
}

/// In RE2, `\d`, `\w` and `\s` know ASCII only. Here they would take the digits of every script,
/// and a condition would accept more than its author tested.
fn with_ascii_classes(pattern: &str) -> String {
    let mut ascii = String::with_capacity(pattern.len());
    let mut characters = pattern.chars();
    let mut brackets = 0_u32;
    while let Some(character) = characters.next() {
        match character {
            '\\' => match characters.next() {
                Some('d') => ascii.push_str("[0-9]"),
                Some('D') => ascii.push_str("[^0-9]"),
                Some('w') => ascii.push_str("[0-9A-Za-z_]"),
                Some('W') => ascii.push_str("[^0-9A-Za-z_]"),
                Some('s') => ascii.push_str(r"[\t\n\f\r ]"),
                Some('S') => ascii.push_str(r"[^\t\n\f\r ]"),
                Some('b') if brackets == 0 => ascii.push_str(r"(?-u:\b)"),
                Some(escaped) => ascii.extend(['\\', escaped]),
                None => ascii.push('\\'),
            },
            '[' => {
                brackets = brackets.saturating_add(1);
                ascii.push('[');
            }
            ']' => {
                brackets = brackets.saturating_sub(1);
                ascii.push(']');
            }
            _ => ascii.push(character),
        }
    }
    ascii
}

fn last_line(message: &str) -> String {
    message
        .lines()
        .last()
        .unwrap_or_default()
        .trim_start_matches("error: ")
        .to_owned()
}
