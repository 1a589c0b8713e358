//! What requests carry: strict JSON bodies, ids in paths, values of queries.

use super::error::Failure;
use crate::http::exchange::{AT_LEAST_HEADER, Exchange};
use authz::Consistency;
use authz::access::{Kind, Permission, Resource};
use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer};
use types::Time;
use uuid::Uuid;

/// The body as this object; no field that is not known may be in it.
pub(super) fn body<T: DeserializeOwned>(exchange: &Exchange) -> Result<T, Failure> {
    serde_json::from_slice(&exchange.body).map_err(|error| {
        if error.is_data() {
            Failure::invalid("body", format!("is refused: {error}"))
        } else {
            Failure::NoJson(error.to_string())
        }
    })
}

/// A UUID as everybody writes it, 36 characters (RFC 9562 section 4); of any version.
pub(super) fn uuid(field: &str, text: &str) -> Result<Uuid, Failure> {
    let id = (text.len() == 36)
        .then(|| Uuid::parse_str(text).ok())
        .flatten();
    id.ok_or_else(|| Failure::invalid(field, "is not a UUID"))
}

/// The same where it may be left out.
pub(super) fn uuid_if_any(field: &str, text: Option<&str>) -> Result<Option<Uuid>, Failure> {
    text.map(|text| uuid(field, text)).transpose()
}

/// A UUID in the path.
pub(super) fn id(exchange: &Exchange, name: &str) -> Result<Uuid, Failure> {
    uuid(name, exchange.path(name))
}

/// The resource in the path.
pub(super) fn resource(exchange: &Exchange) -> Result<Resource, Failure> {
    Ok(Resource::new(
        kind(exchange.path("type"))?,
        id(exchange, "id")?,
    ))
}

/// The resource that a body names by `type` and `id`.
pub(super) fn named(type_name: &str, id: &str) -> Result<Resource, Failure> {
    Ok(Resource::new(kind(type_name)?, uuid("id", id)?))
}

/// A kind of resource.
pub(super) fn kind(text: &str) -> Result<Kind, Failure> {
    word("type", text, Kind::parse, Kind::choices)
}

/// A permission.
pub(super) fn permission(text: &str) -> Result<Permission, Failure> {
    word("permission", text, Permission::parse, Permission::choices)
}

/// A word of a closed list.
pub(super) fn word<T>(
    field: &str,
    text: &str,
    parse: impl Fn(&str) -> Option<T>,
    choices: impl Fn() -> String,
) -> Result<T, Failure> {
    parse(text).ok_or_else(|| Failure::invalid(field, format!("is not one of {}", choices())))
}

/// A time as RFC 3339 writes it.
pub(super) fn time(field: &str, text: &str) -> Result<Time, Failure> {
    let time = Time::parse(text);
    time.ok_or_else(|| Failure::invalid(field, "is not a time as in 2027-01-31T12:00:00Z"))
}

/// Tells a field that is `null` from one that is not there: it is `null` only where that is a
/// value of it.
pub(super) fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// A flag of the query.
pub(super) fn flag(exchange: &Exchange, name: &str) -> Result<bool, Failure> {
    match exchange.query(name) {
        "" | "false" => Ok(false),
        "true" => Ok(true),
        _ => Err(Failure::invalid(name, "must be true or false")),
    }
}

/// A value of the query that may be left out.
pub(super) fn query<'e>(exchange: &'e Exchange, name: &str) -> Option<&'e str> {
    exchange.query.get(name).map(String::as_str)
}

/// How fresh an answer must be.
pub(super) fn consistency(exchange: &Exchange) -> Result<Consistency, Failure> {
    let version = exchange.at_least();
    let version = version.map_err(|fault| Failure::invalid(AT_LEAST_HEADER, fault))?;
    Ok(version.map_or(Consistency::MinimizeLatency, Consistency::AtLeast))
}

#[cfg(test)]
mod tests {
    use super::*;
    use types::{Entropy, SystemEntropy};
    use uuid::Builder;

    /// Most are refused by rules that judge how random an id looks: a third of all good ids is.
    #[test]
    fn a_million_random_ids_are_ids() {
        let mut random = [0; 16];
        for number in 0..500_000_u64 {
            SystemEntropy.fill(&mut random);
            let four = Builder::from_random_bytes(random).into_uuid();
            let mut tail = [0; 10];
            tail.copy_from_slice(&random[..10]);
            let seven = Builder::from_unix_timestamp_millis(1_790_000_000_000 + number, &tail);
            for id in [four, seven.into_uuid()] {
                let read = uuid("id", &id.hyphenated().to_string());
                assert!(matches!(read, Ok(read) if read == id), "{id}");
            }
        }
    }
}
