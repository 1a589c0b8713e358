//! Starting the log as the configuration wants it.

use crate::config::{Log, LogFormat, LogLevel};
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
