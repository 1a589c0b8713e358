//! `[log]`: what is written to standard error.

use super::key::{Section, key};
use super::kind::Kind::Choice;
use serde::{Deserialize, Serialize};

pub(crate) const LOG: Section = Section {
    name: "log",
    about: "What is written to standard error.",
    keys: &[
        key(
            "log.level",
            Choice(&["error", "warn", "info", "debug", "trace"]),
            "The least important lines that are written. The variable RUST_LOG covers it with a \
             filter such as `info,authn=debug`.",
        ),
        key(
            "log.format",
            Choice(&["json", "text"]),
            "One JSON object a line, or text for people; text in development mode.",
        ),
    ],
};

/// What is written to standard error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// The least important lines that are written.
    pub level: LogLevel,
    /// What a line looks like.
    pub format: LogFormat,
}

/// How important a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// Something failed.
    Error,
    /// Something is wrong and was dealt with.
    Warn,
    /// One line for each request.
    #[default]
    Info,
    /// For finding faults.
    Debug,
    /// Everything.
    Trace,
}

/// What a line looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// One JSON object.
    #[default]
    Json,
    /// Text for people.
    Text,
}
