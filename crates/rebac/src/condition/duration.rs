//! Durations of 64 bits of nanoseconds, as Go writes and reads them.

/// Nanoseconds, positive or negative: about 292 years each way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Duration(pub(crate) i64);

/// The units, longest spelling first where one begins another.
const UNITS: &[(&str, u64)] = &[
    ("ns", 1),
    ("us", 1_000),
    ("\u{b5}s", 1_000),
    ("\u{3bc}s", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

const NANOSECONDS_PER_SECOND: i64 = 1_000_000_000;

impl Duration {
    /// Reads `1h30m`, `1.5h`, `-100ms`: decimal numbers, each with its unit; or `0` alone.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (negative, mut rest) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        if rest == "0" {
            return Some(Self(0));
        }
        if rest.is_empty() {
            return None;
        }
        let mut total: i128 = 0;
        while !rest.is_empty() {
            let (part, after) = read_part(rest)?;
            // Each part fits 64 bits and a text has few parts, so this cannot overflow.
            total = total.checked_add(part)?;
            rest = after;
        }
        let signed = if negative { -total } else { total };
        i64::try_from(signed).ok().map(Self)
    }

    /// Decimal seconds with their unit, as CEL's `string()` has it.
    pub(crate) fn text(self) -> String {
        let sign = if self.0 < 0 { "-" } else { "" };
        let magnitude = self.0.unsigned_abs();
        let per_second = NANOSECONDS_PER_SECOND.unsigned_abs();
        let fraction = format!("{:09}", magnitude % per_second);
        let fraction = fraction.trim_end_matches('0');
        let point = if fraction.is_empty() { "" } else { "." };
        format!("{sign}{}{point}{fraction}s", magnitude / per_second)
    }

    pub(crate) fn plus(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    pub(crate) fn minus(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// Whole units of so many nanoseconds, the rest cut off.
    pub(crate) fn whole(self, unit_nanoseconds: i64) -> i64 {
        self.0.checked_div(unit_nanoseconds).unwrap_or(0)
    }
}

/// One number with its unit, and what follows it.
fn read_part(text: &str) -> Option<(i128, &str)> {
    let (whole, rest) = split_digits(text);
    let (fraction, rest) = match rest.strip_prefix('.') {
        Some(rest) => split_digits(rest),
        None => ("", rest),
    };
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let end = rest
        .find(|c: char| c == '.' || c.is_ascii_digit())
        .unwrap_or(rest.len());
    let (unit, rest) = rest.split_at_checked(end)?;
    let (_, nanoseconds) = UNITS.iter().find(|(name, _)| *name == unit)?;
    let nanoseconds = i128::from(*nanoseconds);
    let whole: u64 = if whole.is_empty() {
        0
    } else {
        whole.parse().ok()?
    };
    let total = i128::from(whole).checked_mul(nanoseconds)?;
    Some((
        total.checked_add(read_fraction(fraction, nanoseconds))?,
        rest,
    ))
}

fn split_digits(text: &str) -> (&str, &str) {
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, ""))
}

/// The nanoseconds of a decimal fraction of a unit; what is below a nanosecond is cut off.
fn read_fraction(digits: &str, unit_nanoseconds: i128) -> i128 {
    let mut numerator: i128 = 0;
    let mut denominator: i128 = 1;
    // An hour has fewer than 10^13 nanoseconds: later digits cannot matter.
    for digit in digits.bytes().take(13) {
        numerator = numerator * 10 + i128::from(digit.saturating_sub(b'0'));
        denominator *= 10;
    }
    numerator * unit_nanoseconds / denominator
}
