//! `[authzen]`: which store AuthZEN's questions are about.

use super::key::{Section, key};
use super::kind::Kind::Text;
use super::problem::Fault;
use serde::{Deserialize, Serialize};
use types::StoreId;

pub(crate) const AUTHZEN: Section = Section {
    name: "authzen",
    about: "AuthZEN's authorization API (`/access/v1`).",
    keys: &[key(
        "authzen.store",
        Text,
        "The id of the store that is asked where the path names none; empty: the store called \
         `default`, or else the only one.",
    )],
};

/// `[authzen]` as it is written.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct AuthzenSection {
    pub(crate) store: String,
}

/// The store of the setting; `None` where it is empty.
pub(crate) fn store(text: &str) -> Result<Option<StoreId>, Fault> {
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_| {
        let what = format!("`{text}` is no id of a store");
        Fault::new(
            what,
            "write the id that the store was made with, 26 characters",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_is_named_by_its_id() {
        assert_eq!(store("").unwrap(), None);
        let id = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
        assert_eq!(store(id).unwrap().unwrap().to_string(), id);
        assert!(store("default").unwrap_err().what.contains("`default`"));
    }
}
