//! The kinds of values that settings have, and how each is read from a file or from text.

use super::problem::Fault;
use super::rate::{Budget, Rate};
use ipnet::IpNet;
use std::net::IpAddr;
use toml::Value;
use types::Span;
use types::limits::SETTING_SPAN_MAX;

/// What a setting's value looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Boolean,
    /// A whole number with its bounds.
    Whole(i64, i64),
    /// A span of time; zero is allowed and means what the key's sentence says.
    Span,
    /// A span of time longer than zero.
    PositiveSpan,
    Text,
    /// A text that may also be given as a file: `NAME_file`.
    Document,
    /// One of these words.
    Choice(&'static [&'static str]),
    List,
    /// Networks and addresses, in the notation of RFC 4632.
    Networks,
    /// Text by text; only the names are shown.
    Map,
    /// Lists of text by text; only the names are shown.
    ListMap,
    Rate,
    Budget,
    /// A text that is never shown and may also be given as a file: `NAME_file`.
    Secret,
    /// Secrets by text, kept as `name:secret,name:secret`.
    SecretMap,
}

impl Kind {
    /// Nothing may show the value.
    pub(crate) const fn is_secret(self) -> bool {
        matches!(self, Self::Secret | Self::SecretMap)
    }

    /// The names in the value may be shown, what stands behind them may not: codes that sign
    /// somebody in, headers with a token of the mail server.
    pub(crate) const fn hides_values(self) -> bool {
        matches!(self, Self::Map | Self::ListMap)
    }

    /// The value may be in a file of its own.
    pub(crate) const fn takes_file(self) -> bool {
        matches!(self, Self::Document | Self::Secret | Self::SecretMap)
    }

    /// Reads what a configuration file holds.
    pub(crate) fn check(self, value: &Value) -> Result<Value, Fault> {
        match (self, value) {
            (Self::Boolean, Value::Boolean(_))
            | (Self::Text | Self::Document | Self::Secret, Value::String(_)) => Ok(value.clone()),
            (Self::Whole(least, most), Value::Integer(number)) => whole(*number, least, most),
            (Self::Span | Self::PositiveSpan, Value::Integer(_) | Value::String(_)) => {
                self.span(&plain(value))
            }
            (Self::Rate | Self::Budget, Value::Integer(_) | Value::String(_)) => {
                self.read(&plain(value))
            }
            (Self::Choice(_), Value::String(text)) => self.read(text),
            (Self::List, Value::Array(items)) if items.iter().all(Value::is_str) => {
                Ok(value.clone())
            }
            (Self::Networks, Value::Array(items)) if items.iter().all(Value::is_str) => {
                networks(items.iter().filter_map(Value::as_str))
            }
            (Self::Map, Value::Table(table)) if table.values().all(Value::is_str) => {
                Ok(value.clone())
            }
            (Self::ListMap, Value::Table(table)) => list_map(table, self),
            (Self::SecretMap, Value::Table(table)) if table.values().all(Value::is_str) => {
                let pairs = table.iter().filter_map(|(name, secret)| {
                    secret.as_str().map(|secret| format!("{name}:{secret}"))
                });
                Ok(Value::String(pairs.collect::<Vec<_>>().join(",")))
            }
            _ => Err(self.refuse(value.type_str())),
        }
    }

    /// Reads what an environment variable or a flag holds.
    pub(crate) fn read(self, text: &str) -> Result<Value, Fault> {
        let quoted = || self.refuse(&format!("`{text}`"));
        match self {
            Self::Boolean => boolean(text).map(Value::Boolean).ok_or_else(quoted),
            Self::Whole(least, most) => match text.trim().parse() {
                Ok(number) => whole(number, least, most),
                Err(_) => Err(quoted()),
            },
            Self::Span | Self::PositiveSpan => self.span(text),
            Self::Text | Self::Document | Self::Secret => Ok(Value::String(text.to_owned())),
            Self::Choice(words) => {
                if words.contains(&text) {
                    Ok(Value::String(text.to_owned()))
                } else {
                    Err(quoted())
                }
            }
            Self::List => Ok(Value::Array(items(text).map(Value::from).collect())),
            Self::Networks => networks(items(text)),
            Self::Map => {
                let pairs = pairs(text)?.into_iter();
                let table = pairs.map(|(name, value)| (name.to_owned(), Value::from(value)));
                Ok(Value::Table(table.collect()))
            }
            Self::ListMap => {
                let mut table = toml::Table::new();
                for (name, value) in pairs(text)? {
                    let values = table
                        .entry(name)
                        .or_insert_with(|| Value::Array(Vec::new()));
                    if let Value::Array(values) = values {
                        values.push(Value::from(value.trim()));
                    }
                }
                Ok(Value::Table(table))
            }
            Self::Rate => Rate::parse(text)
                .map(|rate| Value::from(rate.to_string()))
                .ok_or_else(quoted),
            Self::Budget => Budget::parse(text)
                .map(|budget| Value::from(budget.to_string()))
                .ok_or_else(quoted),
            Self::SecretMap => match pairs(text) {
                Ok(_) => Ok(Value::String(text.to_owned())),
                Err(_) => Err(self.refuse("the value")),
            },
        }
    }

    /// Checks a value that was read as GoTrue reads it.
    pub(crate) fn check_text(self, value: Value) -> Result<Value, Fault> {
        match (self, &value) {
            (Self::SecretMap, Value::String(_)) => Ok(value),
            _ => self.check(&value),
        }
    }

    /// What such a value looks like, for advice and documentation.
    pub(crate) fn form(self) -> String {
        match self {
            Self::Boolean => "true or false".to_owned(),
            Self::Whole(least, i64::MAX) => format!("a whole number, {least} or more"),
            Self::Whole(least, most) => format!("a whole number from {least} to {most}"),
            Self::Span => "a span such as 90s, 1h30m or 250ms".to_owned(),
            Self::PositiveSpan => "a span above zero such as 90s, 1h30m or 250ms".to_owned(),
            Self::Text | Self::Document | Self::Secret => "a text".to_owned(),
            Self::Choice(words) => {
                let quoted: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
                format!("one of {}", quoted.join(", "))
            }
            Self::List => "a list of texts".to_owned(),
            Self::Networks => "a list of networks such as 10.0.0.0/8".to_owned(),
            Self::Map => "a table of texts".to_owned(),
            Self::ListMap => "a table of lists of texts".to_owned(),
            Self::Rate => "a rate such as 30/5m".to_owned(),
            Self::Budget => "events in an hour such as 30, or a rate such as 30/5m".to_owned(),
            Self::SecretMap => "a table of secrets, as a variable name:secret,...".to_owned(),
        }
    }

    fn refuse(self, value: &str) -> Fault {
        Fault::new(
            format!("{value} does not fit"),
            format!("write {}", self.form()),
        )
    }

    fn span(self, text: &str) -> Result<Value, Fault> {
        let span = Span::parse(text)
            .filter(|span| self == Self::Span || !span.0.is_zero())
            .ok_or_else(|| self.refuse(&format!("`{text}`")))?;
        if span.0 > SETTING_SPAN_MAX {
            let what = format!("`{text}` is longer than 100 years");
            return Err(Fault::new(what, "write a shorter span"));
        }
        Ok(Value::from(span.to_string()))
    }
}

/// A switch as Go's `strconv.ParseBool` reads it.
pub(crate) fn boolean(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

/// The items of a comma-separated list, without blanks around them and without empty ones.
pub(crate) fn items(text: &str) -> impl Iterator<Item = &str> {
    text.split(',')
        .map(str::trim)
        .filter(|item| !item.is_empty())
}

/// The pairs of `name:value,name:value`.
pub(crate) fn pairs(text: &str) -> Result<Vec<(&str, &str)>, Fault> {
    items(text)
        .map(|item| {
            item.split_once(':')
                .ok_or_else(|| Fault::new("an item has no colon", "write name:value,name:value"))
        })
        .collect()
}

fn whole(number: i64, least: i64, most: i64) -> Result<Value, Fault> {
    if (least..=most).contains(&number) {
        Ok(Value::Integer(number))
    } else {
        Err(Kind::Whole(least, most).refuse(&format!("`{number}`")))
    }
}

fn networks<'a>(texts: impl Iterator<Item = &'a str>) -> Result<Value, Fault> {
    texts
        .map(|text| {
            let address = text.parse::<IpAddr>().map(IpNet::from);
            let network = text.parse::<IpNet>().or(address);
            network
                .map(|network| Value::from(network.to_string()))
                .map_err(|_| Kind::Networks.refuse(&format!("`{text}`")))
        })
        .collect::<Result<Vec<_>, _>>()
        .map(Value::Array)
}

fn list_map(table: &toml::Table, kind: Kind) -> Result<Value, Fault> {
    let is_list = |value: &Value| {
        value
            .as_array()
            .is_some_and(|items| items.iter().all(Value::is_str))
    };
    if table.values().all(is_list) {
        Ok(Value::Table(table.clone()))
    } else {
        Err(kind.refuse("the table"))
    }
}

fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests;
