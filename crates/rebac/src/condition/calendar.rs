//! The parts of timestamps and durations that an expression may ask for, in UTC.

use super::duration::Duration;
use super::fault::Fault;
use super::function::Function;
use super::timestamp::Timestamp;
use super::value::Value;

/// A part of a timestamp, or a duration in whole units.
pub(crate) fn part_of_time(function: Function, value: &Value) -> Result<Value, Fault> {
    let part = match value {
        Value::Timestamp(time) => part_of_timestamp(function, *time),
        Value::Duration(span) => whole_units(function, *span),
        _ => None,
    };
    part.map(Value::Int).ok_or(Fault::NoSuchOverload)
}

fn part_of_timestamp(function: Function, time: Timestamp) -> Option<i64> {
    let civil = time.civil();
    Some(match function {
        Function::FullYear => civil.year,
        // Months and two of the three countings of days begin at 0, as in JavaScript.
        Function::Month => civil.month - 1,
        Function::DayOfYear => civil.day_of_year,
        Function::DayOfMonth => civil.day - 1,
        Function::Date => civil.day,
        Function::DayOfWeek => civil.day_of_week,
        Function::Hours => civil.hour,
        Function::Minutes => civil.minute,
        Function::Seconds => civil.second,
        Function::Milliseconds => civil.nanosecond / 1_000_000,
        _ => return None,
    })
}

fn whole_units(function: Function, span: Duration) -> Option<i64> {
    let nanoseconds = match function {
        Function::Hours => 3_600_000_000_000,
        Function::Minutes => 60_000_000_000,
        Function::Seconds => 1_000_000_000,
        Function::Milliseconds => 1_000_000,
        _ => return None,
    };
    Some(span.whole(nanoseconds))
}
