//! The log: one JSON line per event on standard error; levels by `RUST_LOG` or configuration.

use std::io::{self, Write};
use tracing::Dispatch;
use tracing::dispatcher::set_global_default;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt;
use tracing_subscriber::layer::SubscriberExt;

/// How lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// One JSON object per line, for machines.
    Json,
    /// For people at a terminal.
    Text,
}

/// Starts logging. `level` is a filter such as `info` or `info,authn=debug`; `RUST_LOG` wins.
/// A second call does nothing.
pub fn start(format: Format, level: &str) {
    let given = std::env::var(EnvFilter::DEFAULT_ENV).unwrap_or_default();
    let read = Some(&given).filter(|text| !text.is_empty());
    let read = read.map(EnvFilter::try_new);
    let is_faulty = matches!(read, Some(Err(_)));
    let filter = match read {
        Some(Ok(filter)) => filter,
        _ => EnvFilter::new(level),
    };
    // Tests start many servers in one process; the first one's log serves all.
    drop(set_global_default(dispatch(format, filter, io::stderr)));
    if is_faulty {
        tracing::warn!("RUST_LOG `{given}` cannot be read and does not count");
    }
}

/// The same log into whatever `writer` makes.
pub fn written_to<W: Write + 'static>(
    format: Format,
    level: &str,
    writer: impl Fn() -> W + Send + Sync + 'static,
) -> Dispatch {
    dispatch(format, EnvFilter::new(level), writer)
}

fn dispatch<W: Write + 'static>(
    format: Format,
    filter: EnvFilter,
    writer: impl Fn() -> W + Send + Sync + 'static,
) -> Dispatch {
    let registry = tracing_subscriber::registry().with(filter);
    match format {
        Format::Json => {
            // The innermost span names the request, where spans are on: from `debug` downwards.
            let json = fmt::layer()
                .json()
                .flatten_event(true)
                .with_current_span(true)
                .with_span_list(false)
                .with_writer(writer);
            Dispatch::new(registry.with(json))
        }
        Format::Text => Dispatch::new(registry.with(fmt::layer().with_writer(writer))),
    }
}
