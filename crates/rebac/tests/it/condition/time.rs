//! Durations and timestamps.

use super::{assert_all_fault, assert_all_hold, holds};

#[test]
fn durations_are_written_as_go_writes_them() {
    assert_all_hold(
        "duration('1h30m') == duration('90m') && duration('1.5h') == duration('5400s')
        duration('-1.5h') == duration('0s') - duration('90m') && duration('+5s') == duration('5s')
        duration('0') == duration('0s') && duration('.5s') == duration('500ms')
        duration('1.s') == duration('1s') && duration('100ms') == duration('100000us')
        duration('1us') == duration('1µs') && duration('1us') == duration('1μs')
        duration('1ns') == duration(1) && duration('0.9ns') == duration(0)
        duration('2562047h47m16.854775807s') == duration(9223372036854775807)
        duration('-2562047h47m16.854775808s') == duration(-9223372036854775808)
        duration('1h1h') == duration('2h')",
    );
    for text in [
        "",
        "1",
        "-",
        "h",
        "1d",
        "1 h",
        "1h ",
        "--1s",
        "1.2.3s",
        ".s",
        "1e3s",
        "2562048h",
        "99999999999999999999s",
        "-+1s",
        "1H",
        "1h-1m",
        "٣s",
    ] {
        let expression = format!("duration('{text}') == duration('0')");
        let expected = Err(format!("`{text}` is not a valid duration"));
        assert_eq!(holds(&expression), expected, "{text}");
    }
}

#[test]
fn timestamps_are_written_as_rfc_3339_writes_them() {
    assert_all_hold(
        "timestamp('1970-01-01T00:00:00Z') == timestamp(0)
        timestamp('2024-01-01T02:00:00+02:00') == timestamp('2024-01-01T00:00:00Z')
        timestamp('2023-12-31T19:30:00-04:30') == timestamp('2024-01-01T00:00:00Z')
        timestamp('2024-02-29T00:00:00Z') == timestamp(1709164800)
        timestamp('2000-02-29T00:00:00Z') == timestamp(951782400)
        timestamp('0001-01-01T00:00:00Z') == timestamp(-62135596800)
        timestamp('9999-12-31T23:59:59Z') == timestamp(253402300799)
        timestamp('2024-01-01T00:00:00.000000001Z') > timestamp('2024-01-01T00:00:00Z')
        timestamp('1970-01-01T00:00:00.1234567891Z') - timestamp(0) == duration(123456789)",
    );
    for text in [
        "",
        "2024-01-01",
        "2024-01-01T00:00:00",
        "2024-01-01 00:00:00Z",
        "2024-01-01t00:00:00Z",
        "2024-01-01T00:00:00z",
        "2024-02-30T00:00:00Z",
        "2023-02-29T00:00:00Z",
        "1900-02-29T00:00:00Z",
        "2024-13-01T00:00:00Z",
        "2024-00-01T00:00:00Z",
        "2024-01-00T00:00:00Z",
        "2024-01-01T24:00:00Z",
        "2024-01-01T00:60:00Z",
        "2024-01-01T00:00:60Z",
        "2024-01-01T00:00:00.Z",
        "2024-01-01T00:00:00+0200",
        "2024-01-01T00:00:00+24:00",
        "2024-01-01T00:00:00Zx",
        "0000-01-01T00:00:00Z",
        "+024-01-01T00:00:00Z",
        "2024-01-01T00:00:00é",
        "9999-12-31T23:59:59-01:00",
    ] {
        let expression = format!("timestamp('{text}') == timestamp(0)");
        let expected = Err(format!("`{text}` is not a valid timestamp"));
        assert_eq!(holds(&expression), expected, "{text}");
    }
}

#[test]
fn time_is_added_and_subtracted() {
    assert_all_hold(
        "timestamp(0) + duration('1h') == timestamp(3600)
        duration('1h') + timestamp(0) == timestamp(3600)
        timestamp(3600) - duration('1h') == timestamp(0)
        timestamp(3600) - timestamp(0) == duration('1h')
        timestamp(0) - timestamp(3600) == duration('-1h')
        duration('1h') + duration('1m') == duration('61m')
        duration('1h') - duration('2h') == duration('-1h')
        duration('1h') < duration('2h') && timestamp(0) < timestamp(1)",
    );
    assert_all_fault(
        "duration(9223372036854775807) + duration(1) > duration(0) => duration overflow
        duration(-9223372036854775808) - duration(1) > duration(0) => duration overflow
        timestamp('9999-12-31T23:59:59Z') + duration('1s') > timestamp(0) => timestamp overflow
        timestamp('0001-01-01T00:00:00Z') - duration('1ns') < timestamp(0) => timestamp overflow
        timestamp('9999-01-01T00:00:00Z') - timestamp(0) > duration('0') => duration overflow",
    );
}

#[test]
fn parts_of_time_are_those_of_utc() {
    assert_all_hold(
        "timestamp('2024-02-29T23:04:05.678Z').getFullYear() == 2024
        timestamp('2024-02-29T23:04:05.678Z').getMonth() == 1
        timestamp('2024-02-29T23:04:05.678Z').getDate() == 29
        timestamp('2024-02-29T23:04:05.678Z').getDayOfMonth() == 28
        timestamp('2024-02-29T23:04:05.678Z').getDayOfYear() == 59
        timestamp('2024-02-29T23:04:05.678Z').getDayOfWeek() == 4
        timestamp('2024-02-29T23:04:05.678Z').getHours() == 23
        timestamp('2024-02-29T23:04:05.678Z').getMinutes() == 4
        timestamp('2024-02-29T23:04:05.678Z').getSeconds() == 5
        timestamp('2024-02-29T23:04:05.678Z').getMilliseconds() == 678
        timestamp('2024-01-01T01:00:00+02:00').getFullYear() == 2023
        timestamp('1969-12-31T23:59:59.5Z').getMilliseconds() == 500
        timestamp('1969-12-31T23:59:59.5Z').getDayOfWeek() == 3
        duration('90m').getHours() == 1 && duration('90m').getMinutes() == 90
        duration('-90m').getHours() == -1 && duration('90m').getSeconds() == 5400
        duration('1.5s').getMilliseconds() == 1500",
    );
}

/// Every day of four centuries and of the ends of the range: the calendar's own writing of a day is
/// read back as the same day, and the days are the ones after each other.
#[test]
fn calendar_agrees_with_itself() {
    let expression = "timestamp(string(timestamp(s))) == timestamp(s) \
        && timestamp(s).getDate() == date && timestamp(s).getDayOfYear() == day";
    let parameters = ["s", "date", "day"].map(|name| (name, rebac::ParameterType::Int));
    let compiled = super::compile(&parameters, expression).unwrap();
    for first_year in [1_i64, 1600, 1900, 9900] {
        let mut seconds = year_begins(first_year);
        for year in first_year..(first_year + 100) {
            let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
            let february = if leap { 29 } else { 28 };
            let mut day = 0;
            for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
                for date in 1..=length {
                    let request = serde_json::json!({"s": seconds, "date": date, "day": day});
                    let request = super::object(request);
                    let context = rebac::condition::Context::new(None, Some(&request));
                    assert_eq!(compiled.evaluate(&context), Ok(true), "{request:?}");
                    seconds += 86_400;
                    day += 1;
                }
            }
        }
    }
}

/// Counted year by year, so that it shares nothing with what is tested.
fn year_begins(year: i64) -> i64 {
    let length = |year: i64| {
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        if leap { 366 } else { 365 }
    };
    let days: i64 = if year >= 1970 {
        (1970..year).map(length).sum()
    } else {
        -(year..1970).map(length).sum::<i64>()
    };
    days * 86_400
}
