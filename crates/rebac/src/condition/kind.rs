//! The static types of expressions, and which of them go where.

use std::fmt;

use crate::model::ParameterType;

/// A type without parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Null,
    Bool,
    Int,
    Uint,
    Double,
    String,
    Bytes,
    Duration,
    Timestamp,
    IpAddress,
}

/// What is known about an expression before it is evaluated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Type {
    /// Anything: known only when it is evaluated.
    Dyn,
    /// No value at all, such as the items of `[]`; goes everywhere, since it never arrives.
    Never,
    One(Kind),
    List(Box<Self>),
    Map(Box<Self>, Box<Self>),
}

impl Type {
    pub(crate) fn of(parameter: &ParameterType) -> Self {
        match parameter {
            ParameterType::Bool => Self::One(Kind::Bool),
            ParameterType::String => Self::One(Kind::String),
            ParameterType::Int => Self::One(Kind::Int),
            ParameterType::Uint => Self::One(Kind::Uint),
            ParameterType::Double => Self::One(Kind::Double),
            ParameterType::Duration => Self::One(Kind::Duration),
            ParameterType::Timestamp => Self::One(Kind::Timestamp),
            ParameterType::IpAddress => Self::One(Kind::IpAddress),
            ParameterType::Any => Self::Dyn,
            ParameterType::List(item) => Self::list(Self::of(item)),
            ParameterType::Map(value) => Self::map(Self::One(Kind::String), Self::of(value)),
        }
    }

    pub(crate) fn list(item: Self) -> Self {
        Self::List(Box::new(item))
    }

    pub(crate) fn map(key: Self, value: Self) -> Self {
        Self::Map(Box::new(key), Box::new(value))
    }

    /// Whether an argument of this type may stand where `kind` is asked for.
    pub(crate) fn fits(&self, kind: Kind) -> bool {
        match self {
            Self::Dyn | Self::Never => true,
            Self::One(Kind::Null) => kind == Kind::Null || kind.takes_null(),
            Self::One(own) => *own == kind,
            Self::List(_) | Self::Map(..) => false,
        }
    }

    /// The type that covers both, where one can stand for the other.
    pub(crate) fn join(&self, other: &Self) -> Option<Self> {
        Some(match (self, other) {
            (a, b) if a == b => a.clone(),
            (Self::Never, known) | (known, Self::Never) => known.clone(),
            (Self::Dyn, _) | (_, Self::Dyn) => Self::Dyn,
            (Self::One(Kind::Null), Self::One(kind)) | (Self::One(kind), Self::One(Kind::Null))
                if kind.takes_null() =>
            {
                Self::One(*kind)
            }
            (Self::List(a), Self::List(b)) => Self::list(a.join(b)?),
            (Self::Map(a, x), Self::Map(b, y)) => Self::map(a.join(b)?, x.join(y)?),
            _ => return None,
        })
    }
}

impl Kind {
    /// Whether `null` may stand for a value of it: for messages it may, for scalars not.
    fn takes_null(self) -> bool {
        matches!(self, Self::Duration | Self::Timestamp | Self::IpAddress)
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool => "bool",
            Self::Int => "int",
            Self::Uint => "uint",
            Self::Double => "double",
            Self::String => "string",
            Self::Bytes => "bytes",
            Self::Duration => "duration",
            Self::Timestamp => "timestamp",
            Self::IpAddress => "IPAddress",
        }
    }
}

/// As CEL writes it in its messages.
impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dyn | Self::Never => f.write_str("dyn"),
            Self::One(kind) => f.write_str(kind.name()),
            Self::List(item) => write!(f, "list({item})"),
            Self::Map(key, value) => write!(f, "map({key}, {value})"),
        }
    }
}

/// The type of a parameter as the model language writes it.
pub(crate) fn parameter_type_name(parameter: &ParameterType) -> String {
    let name = match parameter {
        ParameterType::Bool => "bool",
        ParameterType::String => "string",
        ParameterType::Int => "int",
        ParameterType::Uint => "uint",
        ParameterType::Double => "double",
        ParameterType::Duration => "duration",
        ParameterType::Timestamp => "timestamp",
        ParameterType::IpAddress => "ipaddress",
        ParameterType::Any => "any",
        ParameterType::List(item) => return format!("list<{}>", parameter_type_name(item)),
        ParameterType::Map(value) => return format!("map<{}>", parameter_type_name(value)),
    };
    name.to_owned()
}
