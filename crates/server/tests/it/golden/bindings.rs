//! What the placeholders of one recording stand for, and which times its story has seen.

use super::placeholder::Kind;
use std::collections::{HashMap, HashSet};
use std::time::Duration;
use types::Time;

/// The values of numbered placeholders: bound at first sight, then unchangeable.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bindings {
    values: HashMap<String, String>,
    taken: HashSet<(Kind, String)>,
}

impl Bindings {
    /// What `name` stands for, once it was seen.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// Gives `name` another value, for whoever makes the answers.
    pub(crate) fn overwrite(&mut self, name: &str, value: &str) {
        self.values.insert(name.to_owned(), value.to_owned());
    }

    /// All values of one kind.
    pub(crate) fn of_kind(&self, kind: Kind) -> Vec<&str> {
        let values = self.taken.iter().filter(|(other, _)| *other == kind);
        values.map(|(_, value)| value.as_str()).collect()
    }

    /// Binds `name` to `value`, or compares when it is bound: `Ok(true)` at first sight. The error
    /// says what is wrong: the form, another value than before, a value that another name has.
    pub(crate) fn bind(&mut self, kind: Kind, name: &str, value: &str) -> Result<bool, String> {
        if let Some(known) = self.get(name) {
            return if known == value {
                Ok(false)
            } else {
                Err(format!("{name} is `{known}` since an earlier answer"))
            };
        }
        if !kind.accepts(value) {
            return Err(format!("this has not the form of {name}"));
        }
        if kind.tells_apart() && !self.taken.insert((kind, value.to_owned())) {
            return Err(format!(
                "{name} must differ from a value that was seen before"
            ));
        }
        self.values.insert(name.to_owned(), value.to_owned());
        Ok(true)
    }
}

/// How far a time may lie outside the span of its request: clocks are read at different moments.
const TOLERANCE: Duration = Duration::from_secs(1);

/// The times that an answer of the story may show: those of its requests so far, and what lies a
/// known distance from one of them (a ban's end, a row that was made older, a deadline).
#[derive(Clone, Debug, Default)]
pub(crate) struct Calendar {
    requests: Vec<(Time, Time)>,
    /// Seconds between a request and a time that it made.
    distances: Vec<i64>,
}

impl Calendar {
    /// A request ran from `start` to `end`.
    pub(crate) fn request(&mut self, start: Time, end: Time) {
        self.requests.push((start - TOLERANCE, end + TOLERANCE));
    }

    /// From now on a time may also lie `seconds` after (or before) a request.
    pub(crate) fn distance(&mut self, seconds: i64) {
        if !self.distances.contains(&seconds) {
            self.distances.push(seconds);
        }
    }

    /// Whether `time` belongs to a request of the story.
    pub(crate) fn has(&self, time: Time) -> bool {
        let micros = |seconds: i64| seconds.saturating_mul(1_000_000);
        std::iter::once(0)
            .chain(self.distances.iter().copied())
            .any(|seconds| {
                let origin = Time(time.0.saturating_sub(micros(seconds)));
                self.requests
                    .iter()
                    .any(|(start, end)| *start <= origin && origin <= *end)
            })
    }
}

#[test]
fn a_name_keeps_its_value_and_values_are_not_shared() {
    let mut bindings = Bindings::default();
    assert_eq!(bindings.bind(Kind::Otp6, "<otp6:1>", "123456"), Ok(true));
    assert_eq!(bindings.bind(Kind::Otp6, "<otp6:1>", "123456"), Ok(false));
    assert!(bindings.bind(Kind::Otp6, "<otp6:1>", "123457").is_err());
    assert_eq!(bindings.bind(Kind::Otp6, "<otp6:2>", "123456"), Ok(true));
    assert_eq!(
        bindings.bind(Kind::Token12, "<token12:1>", "abcdefghijkl"),
        Ok(true)
    );
    assert!(
        bindings
            .bind(Kind::Token12, "<token12:2>", "abcdefghijkl")
            .is_err()
    );
}

#[test]
fn a_time_belongs_to_a_request_or_lies_a_known_distance_from_one() {
    let start = Time::from_unix_seconds(1_000_000);
    let mut calendar = Calendar::default();
    calendar.request(start, start + Duration::from_millis(20));
    assert!(calendar.has(start));
    assert!(!calendar.has(start + Duration::from_mins(1)));
    calendar.distance(60);
    assert!(calendar.has(start + Duration::from_mins(1)));
    assert!(!calendar.has(start - Duration::from_mins(1)));
}
