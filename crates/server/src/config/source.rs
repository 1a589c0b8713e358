//! One setting as it was given: its value and where it came from.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use types::Secret;

/// Where a setting came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Nobody set it: Claviger's own default.
    Default,
    /// Nobody set it, and GoTrue's defaults apply.
    GotrueDefault,
    /// Nobody set it, and the server runs in development mode.
    DevelopmentDefault,
    /// Nobody set it; it was worked out from the named setting.
    Derived(&'static str),
    /// The configuration file.
    File {
        /// The file as it was named.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
    },
    /// An environment variable.
    Variable(String),
    /// A flag of the command line.
    Flag(&'static str),
}

impl Source {
    /// Somebody decided this; it is no default.
    pub const fn is_given(&self) -> bool {
        matches!(self, Self::File { .. } | Self::Variable(_) | Self::Flag(_))
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::GotrueDefault => f.write_str("GoTrue's default"),
            Self::DevelopmentDefault => f.write_str("default of development mode"),
            Self::Derived(key) => write!(f, "derived from {key}"),
            Self::File { path, line } => write!(f, "{}:{line}", path.display()),
            Self::Variable(name) => write!(f, "variable {name}"),
            Self::Flag(flag) => write!(f, "flag {flag}"),
        }
    }
}

/// The value of a setting; secrets are kept apart so that nothing prints them.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    Plain(toml::Value),
    Secret(Secret<String>),
}

/// A value and where it came from.
#[derive(Debug, Clone)]
pub(crate) struct Given {
    pub(crate) value: Value,
    pub(crate) source: Source,
}

/// Settings by their path (`email.autoconfirm`): one layer, or all layers merged.
#[derive(Debug, Clone, Default)]
pub(crate) struct Layer(pub(crate) BTreeMap<String, Given>);

impl Layer {
    /// Sets one setting, replacing what was there.
    pub(crate) fn set(&mut self, path: &str, value: Value, source: Source) {
        self.0.insert(path.to_owned(), Given { value, source });
    }

    /// Sets everything that `upper` sets.
    pub(crate) fn cover_with(&mut self, upper: &Self) {
        for (path, given) in &upper.0 {
            self.0.insert(path.clone(), given.clone());
        }
    }

    /// Where the setting came from; not given at all counts as default.
    pub(crate) fn source(&self, path: &str) -> Source {
        self.0
            .get(path)
            .map_or(Source::Default, |given| given.source.clone())
    }

    /// Somebody decided this setting.
    pub(crate) fn is_given(&self, path: &str) -> bool {
        self.source(path).is_given()
    }

    /// The value of a setting that is no secret.
    pub(crate) fn plain(&self, path: &str) -> Option<&toml::Value> {
        match &self.0.get(path)?.value {
            Value::Plain(value) => Some(value),
            Value::Secret(_) => None,
        }
    }

    /// The text of a setting that is no secret; empty when there is none.
    pub(crate) fn text(&self, path: &str) -> &str {
        self.plain(path)
            .and_then(toml::Value::as_str)
            .unwrap_or_default()
    }

    /// Whether a switch is on.
    pub(crate) fn switch(&self, path: &str) -> bool {
        self.plain(path)
            .and_then(toml::Value::as_bool)
            .unwrap_or_default()
    }

    /// A secret; an empty one counts as none.
    pub(crate) fn secret(&self, path: &str) -> Option<&Secret<String>> {
        match &self.0.get(path)?.value {
            Value::Secret(secret) if !secret.expose().is_empty() => Some(secret),
            _ => None,
        }
    }
}
