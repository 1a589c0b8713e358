//! The log: started as the configuration wants it, and how its lines tell of errors.

use crate::config::{Log, LogFormat, LogLevel};
use std::error::Error;
use telemetry::log::Format;

/// Starts logging to standard error; `RUST_LOG` overrides the level.
pub fn start(log: &Log) {
    let format = match log.format {
        LogFormat::Json => Format::Json,
        LogFormat::Text => Format::Text,
    };
    let level = match log.level {
        LogLevel::Error => "error",
        LogLevel::Warn => "warn",
        LogLevel::Info => "info",
        LogLevel::Debug => "debug",
        LogLevel::Trace => "trace",
    };
    telemetry::log::start(format, level);
}

/// An error and its causes in one line; some repeat their cause in their own words.
pub fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}

/// A text in which of every e-mail address only the first character and the domain are left.
pub fn masked(text: &str) -> String {
    let is_part = |c: char| !c.is_whitespace() && !"<>()[]:;,`=".contains(c);
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('@') {
        let kept = before.trim_end_matches(is_part).len();
        let (outside, local) = before.split_at_checked(kept).unwrap_or((before, ""));
        masked.push_str(outside);
        masked.extend(local.chars().next());
        masked.push_str(if local.is_empty() { "@" } else { "***@" });
        rest = after;
    }
    masked.push_str(rest);
    masked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_an_address_the_first_character_and_the_domain_are_left() {
        for (text, left) in [
            ("ada@example.com", "a***@example.com"),
            (
                "550 5.1.1 <Ada.B+c@example.com>: no such user",
                "550 5.1.1 <A***@example.com>: no such user",
            ),
            ("a@b.c,\u{e9}t\u{e9}@d.e", "a***@b.c,\u{e9}***@d.e"),
            ("@ @example", "@ @example"),
            ("nothing here", "nothing here"),
        ] {
            assert_eq!(masked(text), left);
        }
    }
}
