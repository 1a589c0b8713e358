//! The operators and functions, their names, and what they may be applied to.

use super::kind::Kind;
use super::kind::Kind::{Bool, Bytes, Double, Duration, Int, IpAddress, String, Timestamp, Uint};

/// An operator or a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Function {
    Not,
    NotStrictlyFalse,
    Negate,
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Equals,
    NotEquals,
    Less,
    LessEquals,
    Greater,
    GreaterEquals,
    In,
    Index,
    Size,
    Contains,
    StartsWith,
    EndsWith,
    Matches,
    ToBool,
    ToBytes,
    ToDouble,
    ToDuration,
    ToDyn,
    ToInt,
    ToIpAddress,
    ToString,
    ToTimestamp,
    ToUint,
    InCidr,
    FullYear,
    Month,
    DayOfYear,
    DayOfMonth,
    Date,
    DayOfWeek,
    Hours,
    Minutes,
    Seconds,
    Milliseconds,
}

/// How a function is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Style {
    /// `f(x)`
    Global,
    /// `x.f()`
    Member,
    /// Either way.
    Both,
}

/// One way to apply a function: the kinds of its arguments, and the kind of what comes out.
pub(crate) type Overload = (&'static [Kind], Kind);

const NAMES: &[(&str, Style, Function)] = &[
    ("!_", Style::Global, Function::Not),
    (
        "@not_strictly_false",
        Style::Global,
        Function::NotStrictlyFalse,
    ),
    ("-_", Style::Global, Function::Negate),
    ("_+_", Style::Global, Function::Add),
    ("_-_", Style::Global, Function::Subtract),
    ("_*_", Style::Global, Function::Multiply),
    ("_/_", Style::Global, Function::Divide),
    ("_%_", Style::Global, Function::Modulo),
    ("_==_", Style::Global, Function::Equals),
    ("_!=_", Style::Global, Function::NotEquals),
    ("_<_", Style::Global, Function::Less),
    ("_<=_", Style::Global, Function::LessEquals),
    ("_>_", Style::Global, Function::Greater),
    ("_>=_", Style::Global, Function::GreaterEquals),
    ("@in", Style::Global, Function::In),
    ("_[_]", Style::Global, Function::Index),
    ("size", Style::Both, Function::Size),
    ("contains", Style::Member, Function::Contains),
    ("startsWith", Style::Member, Function::StartsWith),
    ("endsWith", Style::Member, Function::EndsWith),
    ("matches", Style::Both, Function::Matches),
    ("bool", Style::Global, Function::ToBool),
    ("bytes", Style::Global, Function::ToBytes),
    ("double", Style::Global, Function::ToDouble),
    ("duration", Style::Global, Function::ToDuration),
    ("dyn", Style::Global, Function::ToDyn),
    ("int", Style::Global, Function::ToInt),
    ("ipaddress", Style::Global, Function::ToIpAddress),
    ("string", Style::Global, Function::ToString),
    ("timestamp", Style::Global, Function::ToTimestamp),
    ("uint", Style::Global, Function::ToUint),
    ("in_cidr", Style::Member, Function::InCidr),
    ("getFullYear", Style::Member, Function::FullYear),
    ("getMonth", Style::Member, Function::Month),
    ("getDayOfYear", Style::Member, Function::DayOfYear),
    ("getDayOfMonth", Style::Member, Function::DayOfMonth),
    ("getDate", Style::Member, Function::Date),
    ("getDayOfWeek", Style::Member, Function::DayOfWeek),
    ("getHours", Style::Member, Function::Hours),
    ("getMinutes", Style::Member, Function::Minutes),
    ("getSeconds", Style::Member, Function::Seconds),
    ("getMilliseconds", Style::Member, Function::Milliseconds),
];

impl Function {
    /// The function of a name, and whether it may be called this way.
    pub(crate) fn named(name: &str, member: bool) -> Option<(Self, bool)> {
        let (_, style, function) = NAMES.iter().find(|(own, _, _)| *own == name)?;
        let callable = match style {
            Style::Global => !member,
            Style::Member => member,
            Style::Both => true,
        };
        Some((*function, callable))
    }

    /// The ways to apply it to values without parts. Lists and maps, and what takes every type, are
    /// the checker's.
    pub(crate) const fn overloads(self) -> &'static [Overload] {
        match self {
            Self::Not | Self::NotStrictlyFalse => &[(&[Bool], Bool)],
            Self::Negate => &[(&[Int], Int), (&[Double], Double)],
            Self::Add => ADD,
            Self::Subtract => SUBTRACT,
            Self::Multiply | Self::Divide => MULTIPLY,
            Self::Modulo => &[(&[Int, Int], Int), (&[Uint, Uint], Uint)],
            Self::Less | Self::LessEquals | Self::Greater | Self::GreaterEquals => ORDER,
            Self::Size => &[(&[String], Int), (&[Bytes], Int)],
            Self::Contains | Self::StartsWith | Self::EndsWith | Self::Matches => {
                &[(&[String, String], Bool)]
            }
            Self::ToBool => &[(&[Bool], Bool), (&[String], Bool)],
            Self::ToBytes => &[(&[Bytes], Bytes), (&[String], Bytes)],
            Self::ToDouble => TO_DOUBLE,
            Self::ToDuration => TO_DURATION,
            Self::ToInt => TO_INT,
            Self::ToIpAddress => &[(&[String], IpAddress)],
            Self::ToString => TO_STRING,
            Self::ToTimestamp => TO_TIMESTAMP,
            Self::ToUint => TO_UINT,
            Self::InCidr => &[(&[IpAddress, String], Bool)],
            Self::FullYear
            | Self::Month
            | Self::DayOfYear
            | Self::DayOfMonth
            | Self::Date
            | Self::DayOfWeek => &[(&[Timestamp], Int)],
            Self::Hours | Self::Minutes | Self::Seconds | Self::Milliseconds => {
                &[(&[Timestamp], Int), (&[Duration], Int)]
            }
            Self::Equals | Self::NotEquals | Self::In | Self::Index | Self::ToDyn => &[],
        }
    }
}

const ADD: &[Overload] = &[
    (&[Int, Int], Int),
    (&[Uint, Uint], Uint),
    (&[Double, Double], Double),
    (&[String, String], String),
    (&[Bytes, Bytes], Bytes),
    (&[Duration, Duration], Duration),
    (&[Duration, Timestamp], Timestamp),
    (&[Timestamp, Duration], Timestamp),
];

const SUBTRACT: &[Overload] = &[
    (&[Int, Int], Int),
    (&[Uint, Uint], Uint),
    (&[Double, Double], Double),
    (&[Duration, Duration], Duration),
    (&[Timestamp, Duration], Timestamp),
    (&[Timestamp, Timestamp], Duration),
];

const MULTIPLY: &[Overload] = &[
    (&[Int, Int], Int),
    (&[Uint, Uint], Uint),
    (&[Double, Double], Double),
];

const ORDER: &[Overload] = &[
    (&[Bool, Bool], Bool),
    (&[Int, Int], Bool),
    (&[Uint, Uint], Bool),
    (&[Double, Double], Bool),
    (&[String, String], Bool),
    (&[Bytes, Bytes], Bool),
    (&[Timestamp, Timestamp], Bool),
    (&[Duration, Duration], Bool),
];

const TO_DOUBLE: &[Overload] = &[
    (&[Double], Double),
    (&[Int], Double),
    (&[Uint], Double),
    (&[String], Double),
];

const TO_DURATION: &[Overload] = &[
    (&[Duration], Duration),
    (&[Int], Duration),
    (&[String], Duration),
];

const TO_INT: &[Overload] = &[
    (&[Int], Int),
    (&[Uint], Int),
    (&[Double], Int),
    (&[String], Int),
    (&[Duration], Int),
    (&[Timestamp], Int),
];

const TO_STRING: &[Overload] = &[
    (&[String], String),
    (&[Bool], String),
    (&[Bytes], String),
    (&[Double], String),
    (&[Duration], String),
    (&[Int], String),
    (&[Timestamp], String),
    (&[Uint], String),
];

const TO_TIMESTAMP: &[Overload] = &[
    (&[Timestamp], Timestamp),
    (&[Int], Timestamp),
    (&[String], Timestamp),
];

const TO_UINT: &[Overload] = &[
    (&[Uint], Uint),
    (&[Int], Uint),
    (&[Double], Uint),
    (&[String], Uint),
];
