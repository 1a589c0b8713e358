//! Tests of the ways to read GoTrue's variables.

use super::*;

#[test]
fn values_are_read_as_gotrue_reads_them() {
    let cases: &[(Read, &str, &str)] = &[
        (switch, "T", "true"),
        (whole, "0x1f", "31"),
        (whole, "010", "8"),
        (whole, "0", "0"),
        (whole, "-3", "-3"),
        (count, "10.0", "10"),
        (seconds, "3600", "\"3600s\""),
        (seconds_with_floor, "600", "\"600s\""),
        (seconds_with_floor, "1.5", "\"300s\""),
        (span, "1h30m", "\"5400s\""),
        (span, "0", "\"0s\""),
        (span, "5\u{3bc}s", "\"5000ns\""),
        (positive_span, "24h", "\"86400s\""),
        (span_with_floor, "10m", "\"600s\""),
        (list, "a, b", "[\"a\", \"b\"]"),
        (character_sets, r"ab:c\:d::e", r#"["ab", "c:d", "e"]"#),
        (
            test_codes,
            "155:123,166:456",
            "{ 155 = \"123\", 166 = \"456\" }",
        ),
        (password_length, "3", "6"),
        (otp_length, "8", "8"),
        (refresh_algorithm, "0", "1"),
        (budget, "30", "\"30\""),
        (budget, "1800.0", "\"1800\""),
        (budget, "30/5m", "\"30/300s\""),
        (per_minute, "15", "\"15/60s\""),
        (per_five_minutes, "30.0", "\"30/300s\""),
        (per_hour, "30", "\"30/3600s\""),
        (log_level, "WARNING", "\"warn\""),
        (headers, r#"{"X-A":["1"]}"#, "{ X-A = [\"1\"] }"),
    ];
    for (read, text, value) in cases {
        let read = read(text).map(|value| value.map(|value| value.to_string()));
        assert_eq!(read, Ok(Some((*value).to_owned())), "{text}");
    }
}

#[test]
fn where_gotrue_takes_its_default_nothing_is_set() {
    let cases: &[(Read, &str)] = &[
        (seconds_or_default, "0"),
        (span_or_default, "0s"),
        (span_with_floor, "10s"),
        (otp_length, "4"),
        (otp_length, "11"),
    ];
    for (read, text) in cases {
        assert_eq!(read(text), Ok(None), "{text}");
    }
}

#[test]
fn what_gotrue_refuses_is_refused() {
    let cases: &[(Read, &str)] = &[
        (switch, "yes"),
        (whole, "1.5"),
        (whole, "08"),
        (whole, ""),
        (whole, "0x-1"),
        (count, "1.5"),
        (seconds, "1h"),
        (seconds, "-1"),
        (seconds_with_floor, "NaN"),
        (span, "60"),
        (span, "-1s"),
        (positive_span, "0s"),
        (test_codes, "155"),
        (refresh_algorithm, "3"),
        (budget, "x"),
        (budget, "3600.0/1h"),
        (per_hour, "30/5m"),
        (log_level, "loud"),
        (headers, "{\"X-A\":\"1\"}"),
    ];
    for (read, text) in cases {
        assert!(read(text).is_err(), "{text}");
    }
}
