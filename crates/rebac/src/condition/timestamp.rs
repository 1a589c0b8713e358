//! Points in time of the years 1 to 9999, to the nanosecond, as RFC 3339 writes them.

use super::duration::Duration;

/// Nanoseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Timestamp(i128);

/// A date of the Gregorian calendar and a time of its day, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Civil {
    pub(crate) year: i64,
    /// From 1.
    pub(crate) month: i64,
    /// From 1.
    pub(crate) day: i64,
    /// From 0.
    pub(crate) day_of_year: i64,
    /// From 0, which is Sunday.
    pub(crate) day_of_week: i64,
    pub(crate) hour: i64,
    pub(crate) minute: i64,
    pub(crate) second: i64,
    pub(crate) nanosecond: i64,
}

const NANOSECONDS: i128 = 1_000_000_000;
const SECONDS_PER_DAY: i64 = 86_400;
/// 0001-01-01T00:00:00Z.
const SECONDS_MIN: i128 = -62_135_596_800;
/// 9999-12-31T23:59:59Z.
const SECONDS_MAX: i128 = 253_402_300_799;

impl Timestamp {
    fn from_nanoseconds(nanoseconds: i128) -> Option<Self> {
        let seconds = nanoseconds.div_euclid(NANOSECONDS);
        (SECONDS_MIN..=SECONDS_MAX)
            .contains(&seconds)
            .then_some(Self(nanoseconds))
    }

    pub(crate) fn from_seconds(seconds: i64) -> Option<Self> {
        Self::from_nanoseconds(i128::from(seconds) * NANOSECONDS)
    }

    /// Whole seconds since 1970, rounded down.
    pub(crate) fn seconds(self) -> i64 {
        i64::try_from(self.0.div_euclid(NANOSECONDS)).unwrap_or(0)
    }

    pub(crate) fn plus(self, duration: Duration) -> Option<Self> {
        Self::from_nanoseconds(self.0.checked_add(i128::from(duration.0))?)
    }

    pub(crate) fn minus(self, duration: Duration) -> Option<Self> {
        Self::from_nanoseconds(self.0.checked_sub(i128::from(duration.0))?)
    }

    pub(crate) fn since(self, earlier: Self) -> Option<Duration> {
        i64::try_from(self.0.checked_sub(earlier.0)?)
            .ok()
            .map(Duration)
    }

    /// Reads RFC 3339 as Go does: a capital `T`, a `Z` or an offset, and no leap second.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut fields = Fields { rest: text };
        let year = fields.number(4)?;
        fields.mark("-")?;
        let month = fields.number(2)?;
        fields.mark("-")?;
        let day = fields.number(2)?;
        fields.mark("T")?;
        let time_of_day = fields.time_of_day()?;
        let nanosecond = fields.fraction()?;
        let offset = fields.offset()?;
        if !(1..=12).contains(&month) || !(1..=days_in(year, month)).contains(&day) {
            return None;
        }
        let days = days_from_civil(year, month, day);
        let seconds = days * SECONDS_PER_DAY + time_of_day - offset;
        Self::from_nanoseconds(i128::from(seconds) * NANOSECONDS + i128::from(nanosecond))
    }

    /// RFC 3339 in UTC, with as many digits of the second as it needs.
    pub(crate) fn text(self) -> String {
        let civil = self.civil();
        let fraction = format!("{:09}", civil.nanosecond);
        let fraction = fraction.trim_end_matches('0');
        let point = if fraction.is_empty() { "" } else { "." };
        format!(
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{point}{fraction}Z",
            civil.year, civil.month, civil.day, civil.hour, civil.minute, civil.second
        )
    }

    /// The date and the time of day in UTC.
    pub(crate) fn civil(self) -> Civil {
        let seconds = self.seconds();
        let days = seconds.div_euclid(SECONDS_PER_DAY);
        let of_day = seconds.rem_euclid(SECONDS_PER_DAY);
        let (year, month, day) = civil_from_days(days);
        Civil {
            year,
            month,
            day,
            day_of_year: days - days_from_civil(year, 1, 1),
            // 1970 began on a Thursday.
            day_of_week: (days + 4).rem_euclid(7),
            hour: of_day / 3_600,
            minute: of_day / 60 % 60,
            second: of_day % 60,
            nanosecond: i64::try_from(self.0.rem_euclid(NANOSECONDS)).unwrap_or(0),
        }
    }
}

/// What is still to be read of a timestamp.
struct Fields<'a> {
    rest: &'a str,
}

impl Fields<'_> {
    fn number(&mut self, digits: usize) -> Option<i64> {
        let (number, rest) = self.rest.split_at_checked(digits)?;
        if !number.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        self.rest = rest;
        number.parse().ok()
    }

    fn mark(&mut self, mark: &str) -> Option<()> {
        self.rest = self.rest.strip_prefix(mark)?;
        Some(())
    }

    /// `hh:mm:ss`, in seconds.
    fn time_of_day(&mut self) -> Option<i64> {
        let minutes = self.hours_and_minutes()?;
        self.mark(":")?;
        let second = self.number(2)?;
        (second < 60).then_some(minutes * 60 + second)
    }

    /// `hh:mm`, in minutes.
    fn hours_and_minutes(&mut self) -> Option<i64> {
        let hour = self.number(2)?;
        self.mark(":")?;
        let minute = self.number(2)?;
        (hour < 24 && minute < 60).then_some(hour * 60 + minute)
    }

    /// The digits after the point, in nanoseconds; digits beyond those are cut off.
    fn fraction(&mut self) -> Option<i64> {
        let Some(rest) = self.rest.strip_prefix('.') else {
            return Some(0);
        };
        let end = rest.find(|c: char| !c.is_ascii_digit())?;
        let (digits, rest) = rest.split_at_checked(end)?;
        self.rest = rest;
        let kept: String = digits.chars().chain("000000000".chars()).take(9).collect();
        (!digits.is_empty()).then(|| kept.parse().ok())?
    }

    /// `Z` or `+hh:mm`, in seconds; nothing may follow.
    fn offset(&mut self) -> Option<i64> {
        let sign = match self.rest.chars().next()? {
            'Z' => 0,
            '+' => 1,
            '-' => -1,
            _ => return None,
        };
        self.rest = self.rest.get(1..)?;
        let minutes = if sign == 0 {
            0
        } else {
            self.hours_and_minutes()?
        };
        self.rest.is_empty().then_some(sign * minutes * 60)
    }
}

fn days_in(year: i64, month: i64) -> i64 {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01. Years are counted from March, so that the leap day is their last.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    // 153 days are the five months from March, and every five months after them.
    year * 365 + leap_days + (153 * month + 2) / 5 + day - 1 - DAYS_TO_1970
}

/// From 0000-03-01 to 1970-01-01.
const DAYS_TO_1970: i64 = 719_468;

/// The date of a day since 1970-01-01: the inverse of [`days_from_civil`].
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    // At most one too late, since the mean year is a little shorter than 365.25 days.
    let mut year = ((days + DAYS_TO_1970) * 400).div_euclid(146_097) + 1;
    while days_from_civil(year, 3, 1) > days {
        year -= 1;
    }
    let of_year = days - days_from_civil(year, 3, 1);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    if month < 10 {
        (year, month + 3, day)
    } else {
        (year + 1, month - 9, day)
    }
}
