//! Spans of time as people write them: `90s`, `1h30m`, `250ms`, or a number of seconds.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;
use std::time::Duration;

/// A span of time in configuration. Written as Go writes durations (`1h30m`, `1.5s`, `250ms`); a
/// bare number counts seconds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Span(pub Duration);

impl Span {
    /// A span of whole seconds.
    pub const fn seconds(seconds: u64) -> Self {
        Self(Duration::from_secs(seconds))
    }

    /// Parses `text`; `None` when it is not a span.
    pub fn parse(text: &str) -> Option<Self> {
        if let Ok(seconds) = text.parse::<u64>() {
            return Some(Self::seconds(seconds));
        }
        let mut rest = text;
        let mut total = Duration::ZERO;
        while !rest.is_empty() {
            let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
            let (number, tail) = rest.split_at(digits);
            let letters = tail
                .find(|c: char| c.is_ascii_digit() || c == '.')
                .unwrap_or(tail.len());
            let (unit, next) = tail.split_at(letters);
            let seconds = number.parse::<f64>().ok()? * unit_seconds(unit)?;
            total = total.checked_add(Duration::try_from_secs_f64(seconds).ok()?)?;
            rest = next;
        }
        (!text.is_empty()).then_some(Self(total))
    }
}

fn unit_seconds(unit: &str) -> Option<f64> {
    Some(match unit {
        "ns" => 1e-9,
        "us" | "\u{b5}s" => 1e-6,
        "ms" => 1e-3,
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        _ => return None,
    })
}

/// The shortest form that [`Span::parse`] reads: whole seconds, milliseconds or nanoseconds.
impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.subsec_nanos() == 0 {
            write!(f, "{}s", self.0.as_secs())
        } else if self.0.subsec_nanos().is_multiple_of(1_000_000) {
            write!(f, "{}ms", self.0.as_millis())
        } else {
            write!(f, "{}ns", self.0.as_nanos())
        }
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct SpanVisitor;
        impl de::Visitor<'_> for SpanVisitor {
            type Value = Span;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a span such as `90s`, `1h30m`, `250ms`, or a number of seconds")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Span, E> {
                Span::parse(text).ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
            }
            fn visit_u64<E: de::Error>(self, seconds: u64) -> Result<Span, E> {
                Ok(Span::seconds(seconds))
            }
            fn visit_i64<E: de::Error>(self, seconds: i64) -> Result<Span, E> {
                u64::try_from(seconds)
                    .map(Span::seconds)
                    .map_err(|_| E::invalid_value(de::Unexpected::Signed(seconds), &self))
            }
        }
        deserializer.deserialize_any(SpanVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_operators_write() {
        for (text, ms) in [
            ("3600", 3_600_000),
            ("1h30m", 5_400_000),
            ("1.5s", 1_500),
            ("250ms", 250),
            ("0", 0),
            ("24h0m0s", 86_400_000),
        ] {
            assert_eq!(
                Span::parse(text),
                Some(Span(Duration::from_millis(ms))),
                "{text}"
            );
        }
    }

    #[test]
    fn refuses_what_is_no_span() {
        for text in ["", "h", "1d", "-1s", "1 h", "1h-3m", "NaNs", "1e400h", "."] {
            assert_eq!(Span::parse(text), None, "{text}");
        }
    }

    #[test]
    fn prints_what_it_reads() {
        for span in [
            Span::seconds(90),
            Span(Duration::from_millis(1)),
            Span(Duration::from_nanos(7)),
        ] {
            assert_eq!(Span::parse(&span.to_string()), Some(span));
        }
    }
}
