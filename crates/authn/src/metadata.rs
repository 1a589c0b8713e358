//! What users and the server keep about a user as free JSON.

use crate::error::{Refusal, Result};
use serde_json::{Map, Value as Json};
use store::identities::Identity;
use store::users::User;
use types::limits::METADATA_BYTES_MAX;

/// Refuses text that no database column can hold, and more than any user may have.
pub(crate) fn check(metadata: &Map<String, Json>) -> Result<()> {
    if length(metadata) > METADATA_BYTES_MAX {
        return Err(Refusal::MetadataTooLarge.into());
    }
    if metadata
        .iter()
        .any(|(key, value)| has_nul(key) || holds_nul(value))
    {
        return Err(Refusal::ControlCharacter.into());
    }
    Ok(())
}

/// Refuses metadata with which the user's access tokens would be too long to be sent: without a
/// token, nobody could make it shorter again.
pub(crate) fn require_fit(user: &User) -> Result<()> {
    if length(&user.user_metadata) + length(&user.app_metadata) > METADATA_BYTES_MAX {
        return Err(Refusal::MetadataTooLarge.into());
    }
    Ok(())
}

/// How long the metadata is as JSON, in bytes.
fn length(metadata: &Map<String, Json>) -> usize {
    serde_json::to_string(metadata).map_or(usize::MAX, |text| text.len())
}

/// Writes `changes` into `metadata`; `null` removes a key.
pub(crate) fn merge(metadata: &mut Map<String, Json>, changes: Map<String, Json>) {
    for (key, value) in changes {
        if value.is_null() {
            metadata.remove(&key);
        } else {
            metadata.insert(key, value);
        }
    }
}

/// `app_metadata` of a user with one provider.
pub(crate) fn of_provider(provider: &str) -> Map<String, Json> {
    let mut metadata = Map::new();
    metadata.insert("provider".to_owned(), provider.into());
    metadata.insert("providers".to_owned(), vec![provider].into());
    metadata
}

/// Notes in `app_metadata` by which providers the user can sign in: the oldest identity's first.
pub(crate) fn note_providers(app_metadata: &mut Map<String, Json>, identities: &[Identity]) {
    let mut providers: Vec<&str> = Vec::new();
    for identity in identities {
        if !providers.contains(&identity.provider.as_str()) {
            providers.push(&identity.provider);
        }
    }
    if let Some(first) = providers.first() {
        app_metadata.insert("provider".to_owned(), (*first).into());
    }
    app_metadata.insert("providers".to_owned(), providers.into());
}

fn holds_nul(value: &Json) -> bool {
    match value {
        Json::String(text) => has_nul(text),
        Json::Array(items) => items.iter().any(holds_nul),
        Json::Object(map) => map
            .iter()
            .any(|(key, value)| has_nul(key) || holds_nul(value)),
        Json::Null | Json::Bool(_) | Json::Number(_) => false,
    }
}

fn has_nul(text: &str) -> bool {
    text.contains('\0')
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn map(value: Json) -> Map<String, Json> {
        match value {
            Json::Object(map) => map,
            other => panic!("{other} is no object"),
        }
    }

    #[test]
    fn null_removes_a_key_and_nothing_else() {
        let mut metadata = map(json!({"name": "Ada", "drop": "me", "nested": {"a": 1}}));
        merge(
            &mut metadata,
            map(json!({"drop": null, "unknown": null, "nested": {"b": null}, "n": [1, null]})),
        );
        let wanted = json!({"name": "Ada", "nested": {"b": null}, "n": [1, null]});
        assert_eq!(metadata, map(wanted));
    }

    #[test]
    fn a_nul_is_refused_at_every_depth() {
        for (bad, metadata) in [
            (false, json!({"a": "\u{1}", "b": [1, null, {"c": "d"}]})),
            (true, json!({"a": "x\0"})),
            (true, json!({"a\0": 1})),
            (true, json!({"a": [{"b": ["\0"]}]})),
            (true, json!({"a": {"b\0": 1}})),
        ] {
            assert_eq!(check(&map(metadata.clone())).is_err(), bad, "{metadata}");
        }
    }
}
