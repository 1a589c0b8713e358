//! How GoTrue reads the text of its variables; the values come out in our own forms.
#![expect(
    clippy::unnecessary_wraps,
    reason = "every way to read has the same type, also where nothing can fail"
)]

use super::super::kind::{Kind, boolean, items, pairs};
use super::super::problem::Fault;
use toml::Value;

/// What a variable says: a value, or nothing because GoTrue takes its default then.
pub(crate) type Reading = Result<Option<Value>, Fault>;

/// A way to read a variable.
pub(crate) type Read = fn(&str) -> Reading;

/// Below this many characters GoTrue takes this many.
const PASSWORD_LENGTH_FLOOR: i64 = 6;
/// Below this many seconds GoTrue takes this many for challenges, factors and flows.
const FACTOR_SECONDS_FLOOR: f64 = 300.0;

pub(crate) fn text(text: &str) -> Reading {
    Ok(Some(Value::from(text)))
}

/// A switch.
pub(crate) fn switch(text: &str) -> Reading {
    match boolean(text) {
        Some(on) => Ok(Some(Value::from(on))),
        None => refuse(text, "true or false"),
    }
}

/// A switch that is on because something is given.
pub(crate) fn presence(_: &str) -> Reading {
    Ok(Some(Value::from(true)))
}

/// A whole number: decimal, or with Go's prefixes `0x`, `0o`, `0b` and `0`.
pub(crate) fn whole(text: &str) -> Reading {
    match go_integer(text) {
        Some(number) => Ok(Some(Value::from(number))),
        None => refuse(text, "a whole number"),
    }
}

/// A number that may be written with a fraction but has none.
pub(crate) fn count(text: &str) -> Reading {
    match events(text) {
        Some(number) => Ok(Some(Value::from(i64::from(number)))),
        None => refuse(text, "a whole number"),
    }
}

/// Whole seconds.
pub(crate) fn seconds(text: &str) -> Reading {
    match go_integer(text).and_then(|number| u64::try_from(number).ok()) {
        Some(number) => Ok(Some(Value::from(format!("{number}s")))),
        None => refuse(text, "whole seconds, for example 3600"),
    }
}

/// Whole seconds, where zero means GoTrue's default.
pub(crate) fn seconds_or_default(text: &str) -> Reading {
    Ok(seconds(text)?.filter(|value| value.as_str() != Some("0s")))
}

/// Seconds with a fraction, at least five minutes.
pub(crate) fn seconds_with_floor(text: &str) -> Reading {
    match text.parse::<f64>().ok().filter(|number| number.is_finite()) {
        Some(number) => span(&format!("{}s", number.max(FACTOR_SECONDS_FLOOR))),
        None => refuse(text, "seconds, for example 300"),
    }
}

/// A span with its unit.
pub(crate) fn span(text: &str) -> Reading {
    let with_unit = text == "0" || text.parse::<f64>().is_err();
    let plain = text
        .strip_prefix('+')
        .unwrap_or(text)
        .replace('\u{3bc}', "u");
    match Kind::Span.read(&plain) {
        Ok(value) if with_unit => Ok(Some(value)),
        _ => refuse(text, "a span with its unit, for example 60s"),
    }
}

/// A span with its unit, where zero means GoTrue's default.
pub(crate) fn span_or_default(text: &str) -> Reading {
    Ok(span(text)?.filter(|value| value.as_str() != Some("0s")))
}

/// A span with its unit, at least five minutes.
pub(crate) fn span_with_floor(text: &str) -> Reading {
    let floor = types::Span::seconds(300);
    let given = span(text)?;
    let short = given
        .as_ref()
        .and_then(Value::as_str)
        .and_then(types::Span::parse)
        .is_some_and(|span| span < floor);
    Ok(if short { None } else { given })
}

/// A span that GoTrue refuses when it is zero.
pub(crate) fn positive_span(text: &str) -> Reading {
    match span(text)? {
        Some(value) if value.as_str() != Some("0s") => Ok(Some(value)),
        _ => refuse(text, "a span above zero, for example 24h"),
    }
}

pub(crate) fn list(text: &str) -> Reading {
    Ok(Some(Value::Array(items(text).map(Value::from).collect())))
}

/// Sets of characters parted by colons; `\:` is a colon.
pub(crate) fn character_sets(text: &str) -> Reading {
    let mut sets = vec![String::new()];
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let colon_next = characters.peek() == Some(&':');
        match (character, sets.last_mut()) {
            ('\\', Some(set)) if colon_next => {
                set.push(':');
                characters.next();
            }
            (':', _) => sets.push(String::new()),
            (_, Some(set)) => set.push(character),
            (_, None) => {}
        }
    }
    sets.retain(|set| !set.is_empty());
    Ok(Some(Value::from(sets)))
}

/// `number:code,number:code`.
pub(crate) fn test_codes(text: &str) -> Reading {
    Kind::Map.read(text).map(Some)
}

/// `id:key,id:key`; nothing of it is repeated in a fault.
pub(crate) fn column_keys(text: &str) -> Reading {
    pairs(text)?;
    Ok(Some(Value::from(text)))
}

/// Below GoTrue's floor, the floor.
pub(crate) fn password_length(text: &str) -> Reading {
    match go_integer(text) {
        Some(number) => Ok(Some(Value::from(number.max(PASSWORD_LENGTH_FLOOR)))),
        None => refuse(text, "a whole number"),
    }
}

/// Outside 6 to 10, GoTrue takes its default.
pub(crate) fn otp_length(text: &str) -> Reading {
    match go_integer(text) {
        Some(number) => Ok(Some(Value::from(number)).filter(|_| (6..=10).contains(&number))),
        None => refuse(text, "a whole number from 6 to 10"),
    }
}

/// 0 and 1 both mean the first generation.
pub(crate) fn refresh_algorithm(text: &str) -> Reading {
    match go_integer(text) {
        Some(0 | 1) => Ok(Some(Value::from(1))),
        Some(2) => Ok(Some(Value::from(2))),
        _ => refuse(text, "1 or 2"),
    }
}

/// Zero is GoTrue's word for as many as needed, which is ours for the server's choice.
pub(crate) fn pool_size(text: &str) -> Reading {
    match go_integer(text) {
        Some(number) if number >= 0 => Ok(Some(Value::from(number))),
        _ => refuse(text, "a whole number"),
    }
}

/// `30` an hour, or `30/5m`.
pub(crate) fn budget(text: &str) -> Reading {
    let plain = events(text).map_or_else(|| text.to_owned(), |events| events.to_string());
    match Kind::Budget.read(&plain) {
        Ok(value) => Ok(Some(value)),
        Err(_) => refuse(
            text,
            "events in an hour such as 30, or a rate such as 30/5m",
        ),
    }
}

pub(crate) fn per_minute(text: &str) -> Reading {
    rate(text, 60)
}

pub(crate) fn per_five_minutes(text: &str) -> Reading {
    rate(text, 300)
}

pub(crate) fn per_hour(text: &str) -> Reading {
    rate(text, 3600)
}

/// Logrus's names of levels in ours.
pub(crate) fn log_level(text: &str) -> Reading {
    let level = match text.to_ascii_lowercase().as_str() {
        "panic" | "fatal" | "error" => "error",
        "warn" | "warning" => "warn",
        "info" => "info",
        "debug" => "debug",
        "trace" => "trace",
        _ => return refuse(text, "error, warn, info, debug or trace"),
    };
    Ok(Some(Value::from(level)))
}

/// A JSON object of lists of texts.
pub(crate) fn headers(text: &str) -> Reading {
    let table = serde_json::from_str::<toml::Table>(text).map(Value::Table);
    match table.map(|table| Kind::ListMap.check(&table)) {
        Ok(Ok(value)) => Ok(Some(value)),
        _ => Err(Fault::new(
            "this is no JSON object of lists",
            "write for example {\"X-Name\":[\"value\"]}",
        )),
    }
}

fn rate(text: &str, seconds: u32) -> Reading {
    match events(text) {
        Some(events) => Ok(Some(Value::from(format!("{events}/{seconds}s")))),
        None => refuse(text, "a whole number of events"),
    }
}

/// `30` or `30.0`.
fn events(text: &str) -> Option<u32> {
    let whole = match text.split_once('.') {
        Some((whole, zeros)) if zeros.bytes().all(|byte| byte == b'0') => whole,
        Some(_) => return None,
        None => text,
    };
    whole.parse().ok()
}

/// What `strconv.ParseInt` with base 0 reads, without the underscores.
fn go_integer(text: &str) -> Option<i64> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let lower = digits.to_ascii_lowercase();
    let (radix, digits) = match lower.get(..2) {
        Some("0x") => (16, lower.get(2..)?),
        Some("0o") => (8, lower.get(2..)?),
        Some("0b") => (2, lower.get(2..)?),
        Some(_) if lower.starts_with('0') => (8, lower.get(1..)?),
        _ => (10, lower.as_str()),
    };
    if digits.starts_with(['+', '-']) {
        return None;
    }
    Some(sign * i64::from_str_radix(digits, radix).ok()?)
}

fn refuse(text: &str, form: &str) -> Reading {
    Err(Fault::new(
        format!("`{text}` does not fit"),
        format!("write {form}"),
    ))
}

#[cfg(test)]
mod tests;
