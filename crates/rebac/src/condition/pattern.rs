//! Regular expressions: linear in time, bounded in size, with the classes of RE2.

use regex::{Regex, RegexBuilder};

/// How much memory a compiled pattern may take: the least of these that is enough says what a
/// match costs, which goes through all of it for each character of the text.
const SIZES: [usize; 3] = [4 << 10, 32 << 10, 256 << 10];
/// So much memory times bytes of a text is looked at in one step.
const LOOKED_AT_PER_STEP: u64 = 8 << 10;
/// So much memory is filled in one step.
const FILLED_PER_STEP: u64 = 128;
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
    /// The memory that it takes at most.
    size: usize,
}

impl Pattern {
    /// Compiles a pattern; the error is a message in one line.
    pub(crate) fn new(pattern: &str) -> Result<Self, String> {
        check_length(pattern)?;
        let ascii = with_ascii_classes(pattern);
        let mut error = None;
        for size in SIZES {
            let built = RegexBuilder::new(&ascii)
                .size_limit(size)
                .nest_limit(NEST_LIMIT)
                .build();
            match built {
                Ok(regex) => {
                    return Ok(Self {
                        regex,
                        length: pattern.chars().count(),
                        size,
                    });
                }
                Err(found) => {
                    let is_too_large = matches!(found, regex::Error::CompiledTooBig(_));
                    error = Some(found);
                    if !is_too_large {
                        break;
                    }
                }
            }
        }
        let message = error.map(|error| last_line(&error.to_string()));
        Err(message.unwrap_or_default())
    }

    /// The steps that it takes to compile a pattern, or to find that it has no meaning or no room.
    pub(crate) fn compiling_steps(text: &str, compiled: Option<&Self>) -> u64 {
        let size = compiled.map_or(SIZES.into_iter().max(), |pattern| Some(pattern.size));
        text.len() as u64 + size.unwrap_or_default() as u64 / FILLED_PER_STEP
    }

    /// The steps that it takes to look for it in a text.
    pub(crate) fn matching_steps(&self, text: &str) -> u64 {
        let looked_at = (self.size as u64).saturating_mul(text.len() as u64);
        looked_at / LOOKED_AT_PER_STEP
    }

    pub(crate) fn matches(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }
}

/// A pattern of more bytes is none.
pub(crate) fn check_length(pattern: &str) -> Result<(), String> {
    if pattern.len() > PATTERN_BYTES_MAX {
        return Err(format!("longer than {PATTERN_BYTES_MAX} bytes"));
    }
    Ok(())
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
