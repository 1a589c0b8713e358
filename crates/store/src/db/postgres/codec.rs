//! Values on `PostgreSQL`'s wire: one text serves both engines, the parameter's type decides.

use crate::db::{Row, Value};
use crate::error::{Error, Result};
use std::error::Error as StdError;
use std::net::IpAddr;
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{FromSql, IsNull, Kind, ToSql, Type, to_sql_checked};
use types::Time;
use uuid::Uuid;

type BoxError = Box<dyn StdError + Sync + Send>;

/// Microseconds from 1970-01-01 to 2000-01-01, `PostgreSQL`'s epoch.
const EPOCH_MICROS: i64 = 946_684_800_000_000;
/// The address families of `inet` on the wire.
const INET_V4: u8 = 2;
const INET_V6: u8 = 3;

pub(super) fn row(row: &tokio_postgres::Row) -> Result<Row> {
    (0..row.len())
        .map(|column| row.try_get(column))
        .collect::<Result<Vec<Value>, _>>()
        .map(Row::new)
        .map_err(|e| Error::Statement {
            statement: "decode",
            source: Box::new(e),
        })
}

impl ToSql for Value {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, BoxError> {
        match self {
            Self::Null => return Ok(IsNull::Yes),
            Self::Bool(b) => return b.to_sql(ty, out),
            Self::Int(n) => return int(*n, ty, out),
            Self::Text(text) if *ty == Type::JSONB => json(text, ty, out),
            Self::Text(text) => out.extend_from_slice(text.as_bytes()),
            Self::Json(text) => json(text, ty, out),
            Self::Bytes(bytes) => out.extend_from_slice(bytes),
            Self::Uuid(id) if *ty == Type::UUID => out.extend_from_slice(id.as_bytes()),
            Self::Uuid(id) => out.extend_from_slice(id.hyphenated().to_string().as_bytes()),
            Self::Time(time) => out.extend_from_slice(&since_epoch(*time).to_be_bytes()),
            Self::Ip(ip) if *ty == Type::INET => inet(*ip, out),
            Self::Ip(ip) => out.extend_from_slice(ip.to_string().as_bytes()),
            Self::TextSet(set) => return set.to_sql(ty, out),
        }
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

fn int(n: i64, ty: &Type, out: &mut BytesMut) -> Result<IsNull, BoxError> {
    match *ty {
        Type::INT2 => i16::try_from(n)?.to_sql(ty, out),
        Type::INT4 => i32::try_from(n)?.to_sql(ty, out),
        Type::INT8 => n.to_sql(ty, out),
        _ => Err(format!("a number cannot be bound to a parameter of type {ty}").into()),
    }
}

/// The first and the last number mean infinity, there as here: `banned_until` may hold it, and must
/// be written as it was read.
const fn since_epoch(time: Time) -> i64 {
    match time.0 {
        i64::MIN | i64::MAX => time.0,
        micros => micros.saturating_sub(EPOCH_MICROS),
    }
}

const fn time(since_epoch: i64) -> Time {
    match since_epoch {
        i64::MIN | i64::MAX => Time(since_epoch),
        micros => Time(micros.saturating_add(EPOCH_MICROS)),
    }
}

fn json(text: &str, ty: &Type, out: &mut BytesMut) {
    if *ty == Type::JSONB {
        // The version of the binary form.
        out.extend_from_slice(&[1]);
    }
    out.extend_from_slice(text.as_bytes());
}

fn inet(ip: IpAddr, out: &mut BytesMut) {
    match ip {
        IpAddr::V4(v4) => {
            out.extend_from_slice(&[INET_V4, 32, 0, 4]);
            out.extend_from_slice(&v4.octets());
        }
        IpAddr::V6(v6) => {
            out.extend_from_slice(&[INET_V6, 128, 0, 16]);
            out.extend_from_slice(&v6.octets());
        }
    }
}

impl<'a> FromSql<'a> for Value {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, BoxError> {
        if let Kind::Enum(_) = ty.kind() {
            return Ok(Self::Text(std::str::from_utf8(raw)?.to_owned()));
        }
        Ok(match *ty {
            Type::BOOL => Self::Bool(bool::from_sql(ty, raw)?),
            Type::INT2 => Self::Int(i16::from_sql(ty, raw)?.into()),
            Type::INT4 => Self::Int(i32::from_sql(ty, raw)?.into()),
            Type::INT8 => Self::Int(i64::from_sql(ty, raw)?),
            Type::TEXT | Type::VARCHAR | Type::NAME | Type::BPCHAR => {
                Self::Text(std::str::from_utf8(raw)?.to_owned())
            }
            Type::BYTEA => Self::Bytes(raw.to_owned()),
            Type::UUID => Self::Uuid(Uuid::from_slice(raw)?),
            Type::TIMESTAMPTZ | Type::TIMESTAMP => {
                Self::Time(time(i64::from_be_bytes(raw.try_into()?)))
            }
            Type::JSON => Self::Json(std::str::from_utf8(raw)?.to_owned()),
            Type::JSONB => {
                let text = raw.split_first().map_or(&[][..], |(_, text)| text);
                Self::Json(std::str::from_utf8(text)?.to_owned())
            }
            Type::INET => Self::Ip(address(raw).ok_or("malformed inet")?),
            Type::TEXT_ARRAY | Type::VARCHAR_ARRAY | Type::NAME_ARRAY => {
                Self::TextSet(Vec::from_sql(ty, raw)?)
            }
            _ => return Err(format!("column type {ty} does not cross the waist").into()),
        })
    }

    fn from_sql_null(_: &Type) -> Result<Self, BoxError> {
        Ok(Self::Null)
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// The address of an `inet`; a network's host bits are kept, its prefix is not.
fn address(raw: &[u8]) -> Option<IpAddr> {
    let (&[family, _prefix, _is_cidr, _length], octets) = raw.split_first_chunk::<4>()?;
    match family {
        INET_V4 => <[u8; 4]>::try_from(octets).ok().map(IpAddr::from),
        INET_V6 => <[u8; 16]>::try_from(octets).ok().map(IpAddr::from),
        _ => None,
    }
}
