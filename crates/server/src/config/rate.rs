//! Rates as operators write them: `30/5m`, and GoTrue's bare number of events in an hour.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;
use types::Span;
use types::limits::SETTING_SPAN_MAX;

/// So many events in a span, as `30/5m`. Zero events means that nothing is let through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// How many events.
    pub events: u32,
    /// In which span; neither zero nor longer than [`SETTING_SPAN_MAX`].
    pub span: Span,
}

/// How many messages the whole server may send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Budget {
    /// Written `30`: so many in each hour, counted anew when the hour is over.
    Hourly(u32),
    /// Written `30/5m`: a bucket of so many, refilled evenly over the span.
    Bucket(Rate),
}

impl Rate {
    /// So many events in `seconds`.
    pub(crate) const fn per(events: u32, seconds: u64) -> Self {
        Self {
            events,
            span: Span::seconds(seconds),
        }
    }

    /// Parses `30/5m`; `None` when `text` is no rate.
    pub fn parse(text: &str) -> Option<Self> {
        let (events, span) = text.split_once('/')?;
        let span = Span::parse(span)?;
        if span.0.is_zero() || span.0 > SETTING_SPAN_MAX {
            return None;
        }
        let events = events.parse().ok()?;
        Some(Self { events, span })
    }
}

impl Budget {
    /// Parses `30` or `30/5m`; `None` when `text` is neither.
    pub fn parse(text: &str) -> Option<Self> {
        match text.parse() {
            Ok(events) => Some(Self::Hourly(events)),
            Err(_) => Rate::parse(text).map(Self::Bucket),
        }
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.events, self.span)
    }
}

impl fmt::Display for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hourly(events) => events.fmt(f),
            Self::Bucket(rate) => rate.fmt(f),
        }
    }
}

impl Serialize for Rate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Serialize for Budget {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Rate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| de::Error::custom("a rate such as `30/5m` is expected"))
    }
}

impl<'de> Deserialize<'de> for Budget {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text)
            .ok_or_else(|| de::Error::custom("a budget such as `30` or `30/5m` is expected"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_number_is_hourly_and_a_quotient_is_a_bucket() {
        assert_eq!(Budget::parse("30"), Some(Budget::Hourly(30)));
        let bucket = Rate::per(30, 300);
        assert_eq!(Budget::parse("30/5m"), Some(Budget::Bucket(bucket)));
        assert_eq!(Rate::parse("30/5m"), Some(bucket));
        assert_eq!(Rate::parse("0/1h"), Some(Rate::per(0, 3600)));
    }

    #[test]
    fn what_is_no_rate_is_refused() {
        for text in [
            "", "/", "30/", "/5m", "30/0s", "-1/5m", "1.5/5m", "30/5m/1", "x",
        ] {
            assert_eq!(Budget::parse(text), None, "{text}");
        }
        assert_eq!(Rate::parse("30"), None);
    }

    #[test]
    fn a_rate_prints_what_it_reads() {
        for text in ["30", "30/300s", "2/250ms"] {
            assert_eq!(Budget::parse(text).unwrap().to_string(), text);
        }
    }
}
