//! What Go's standard library makes of numbers and durations, down to its words: administrators'
//! tools read them.

use std::fmt::Write;

const NANOSECONDS_MAX: u128 = 1 << 63;

/// A whole number of 64 bits without sign (`strconv.ParseUint`), or why the text is none.
pub(super) fn parse_uint(text: &str) -> Result<u64, String> {
    let reason = if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        "invalid syntax"
    } else {
        match text.parse() {
            Ok(number) => return Ok(number),
            Err(_) => "value out of range",
        }
    };
    Err(format!(
        "strconv.ParseUint: parsing {}: {reason}",
        quote(text)
    ))
}

/// A span of time in nanoseconds (`time.ParseDuration`), or why the text is none. It may be
/// negative: `-1h`.
pub(super) fn parse_duration(text: &str) -> Result<i64, String> {
    let invalid = || format!("time: invalid duration {}", quote_bytes(text));
    let negative = text.starts_with('-');
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if unsigned == "0" {
        return Ok(0);
    }
    if unsigned.is_empty() {
        return Err(invalid());
    }
    let mut rest = unsigned;
    let mut total: u128 = 0;
    while !rest.is_empty() {
        let (nanoseconds, after) = parse_part(rest, text)?;
        total += nanoseconds;
        if total > NANOSECONDS_MAX {
            return Err(invalid());
        }
        rest = after;
    }
    // The most negative number has no positive counterpart.
    let signed = i128::try_from(total).unwrap_or(i128::MAX);
    i64::try_from(if negative { -signed } else { signed }).map_err(|_| invalid())
}

/// The first number and unit of `rest`, and what follows them; `whole` is named in errors.
fn parse_part<'a>(rest: &'a str, whole: &str) -> Result<(u128, &'a str), String> {
    let invalid = || format!("time: invalid duration {}", quote_bytes(whole));
    let (digits, after) = split_digits(rest);
    let (fraction, after) = match after.strip_prefix('.') {
        Some(after) => split_digits(after),
        None => ("", after),
    };
    if digits.is_empty() && fraction.is_empty() {
        return Err(invalid());
    }
    let end = after
        .find(|c: char| c == '.' || c.is_ascii_digit())
        .unwrap_or(after.len());
    let (unit, after) = after.split_at(end);
    if unit.is_empty() {
        return Err(format!(
            "time: missing unit in duration {}",
            quote_bytes(whole)
        ));
    }
    let scale = nanoseconds_of(unit).ok_or_else(|| {
        let (unit, whole) = (quote_bytes(unit), quote_bytes(whole));
        format!("time: unknown unit {unit} in duration {whole}")
    })?;
    let number: u64 = match digits {
        "" => 0,
        digits => digits.parse().map_err(|_| invalid())?,
    };
    let nanoseconds = u128::from(number) * u128::from(scale) + fraction_of(fraction, scale);
    Ok((nanoseconds, after))
}

fn split_digits(text: &str) -> (&str, &str) {
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    text.split_at(end)
}

/// `0.fraction` of `scale`, rounded down. Digits beyond the eighteenth make no nanosecond.
fn fraction_of(fraction: &str, scale: u64) -> u128 {
    let (mut numerator, mut denominator) = (0, 1);
    for digit in fraction.bytes().take(18) {
        numerator = numerator * 10 + u128::from(digit - b'0');
        denominator *= 10;
    }
    u128::from(scale) * numerator / denominator
}

fn nanoseconds_of(unit: &str) -> Option<u64> {
    Some(match unit {
        "ns" => 1,
        "us" | "\u{b5}s" | "\u{3bc}s" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60 * 1_000_000_000,
        "h" => 3_600 * 1_000_000_000,
        _ => return None,
    })
}

/// `strconv.Quote`: a Go string literal.
fn quote(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\u{7}' => quoted.push_str("\\a"),
            '\u{8}' => quoted.push_str("\\b"),
            '\u{c}' => quoted.push_str("\\f"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '\u{b}' => quoted.push_str("\\v"),
            c if c.is_control() => {
                let wide = if c.is_ascii() { "\\x" } else { "\\u00" };
                // Writing to a string cannot fail.
                let _ = write!(quoted, "{wide}{:02x}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// The simpler quotation of Go's package `time`: everything beyond ASCII byte by byte.
fn quote_bytes(text: &str) -> String {
    let mut quoted = String::from("\"");
    for byte in text.bytes() {
        match byte {
            b'"' | b'\\' => quoted.extend(['\\', char::from(byte)]),
            // Go leaves the character DEL alone.
            b' '..=0x7f => quoted.push(char::from(byte)),
            byte => {
                // Writing to a string cannot fail.
                let _ = write!(quoted, "\\x{byte:02x}");
            }
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600 * 1_000_000_000;

    #[test]
    fn durations_are_read_as_go_reads_them() {
        for (text, nanoseconds) in [
            ("0", 0),
            ("+0", 0),
            ("1h", HOUR),
            ("-1h", -HOUR),
            ("+5s", 5_000_000_000),
            ("87600h", 87_600 * HOUR),
            ("1h30m", HOUR * 3 / 2),
            ("1.5h", HOUR * 3 / 2),
            (".5s", 500_000_000),
            ("1.s", 1_000_000_000),
            ("1us2\u{b5}s3\u{3bc}s", 6_000),
            ("0.000000001s", 1),
            ("0.830103483285477580700h", 2_988_372_539_827),
            ("9223372036854775807ns", i64::MAX),
            ("-9223372036854775808ns", i64::MIN),
        ] {
            assert_eq!(parse_duration(text), Ok(nanoseconds), "{text}");
        }
    }

    #[test]
    fn what_is_no_duration_is_refused_in_the_words_of_go() {
        for (text, words) in [
            ("", r#"time: invalid duration """#),
            ("forever", r#"time: invalid duration "forever""#),
            ("-", r#"time: invalid duration "-""#),
            (".s", r#"time: invalid duration ".s""#),
            ("1", r#"time: missing unit in duration "1""#),
            ("1h1", r#"time: missing unit in duration "1h1""#),
            ("1 day", r#"time: unknown unit " day" in duration "1 day""#),
            ("1d", r#"time: unknown unit "d" in duration "1d""#),
            ("1h x", r#"time: unknown unit "h x" in duration "1h x""#),
            ("2562048h", r#"time: invalid duration "2562048h""#),
            (
                "9223372036854775808ns",
                r#"time: invalid duration "9223372036854775808ns""#,
            ),
            (
                "99999999999999999999h",
                r#"time: invalid duration "99999999999999999999h""#,
            ),
            (
                "\u{e9}\"\\\n",
                r#"time: invalid duration "\xc3\xa9\"\\\x0a""#,
            ),
        ] {
            assert_eq!(parse_duration(text), Err(words.to_owned()), "{text}");
        }
    }

    #[test]
    fn numbers_are_read_as_go_reads_them() {
        assert_eq!(parse_uint("007"), Ok(7));
        assert_eq!(parse_uint("18446744073709551615"), Ok(u64::MAX));
        for (text, words) in [
            ("x", r#"parsing "x": invalid syntax"#),
            ("-1", r#"parsing "-1": invalid syntax"#),
            ("+1", r#"parsing "+1": invalid syntax"#),
            (
                "18446744073709551616",
                r#"parsing "18446744073709551616": value out of range"#,
            ),
            ("\n\u{1}\"", r#"parsing "\n\x01\"": invalid syntax"#),
        ] {
            let words = format!("strconv.ParseUint: {words}");
            assert_eq!(parse_uint(text), Err(words), "{text}");
        }
    }
}
