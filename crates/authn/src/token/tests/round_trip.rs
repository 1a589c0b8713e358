//! What is minted is what is verified, for any claims.

use super::*;
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;

fn metadata() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<i32>().prop_map(|quarters| Value::from(f64::from(quarters) / 4.0)),
        any::<String>().prop_map(Value::from),
    ];
    let nested = leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            btree_map(any::<String>(), inner, 0..4)
                .prop_map(|map| Value::Object(Map::from_iter(map))),
        ]
    });
    btree_map(any::<String>(), nested, 0..4).prop_map(|map| Value::Object(Map::from_iter(map)))
}

prop_compose! {
    fn amr_entry()(
        method in any::<String>(),
        timestamp in any::<i64>(),
        provider in option::of(any::<String>()),
    ) -> AmrEntry {
        AmrEntry { method, timestamp, provider }
    }
}

prop_compose! {
    fn contacts()(
        email in any::<String>(),
        phone in any::<String>(),
        app_metadata in metadata(),
        user_metadata in metadata(),
    ) -> (String, String, Value, Value) {
        (email, phone, app_metadata, user_metadata)
    }
}

prop_compose! {
    fn claims()(
        (email, phone, app_metadata, user_metadata) in contacts(),
        texts in [any::<String>(), any::<String>(), any::<String>()],
        optional in [option::of(".+"), option::of(".+"), option::of(".+")],
        ids in any::<(u128, u128)>(),
        iat in any::<i64>(),
        life in 1..i64::MAX / 4,
        amr in vec(amr_entry(), 0..3),
        is_anonymous in any::<bool>(),
    ) -> Claims {
        let [aud, role, aal] = texts;
        let [iss, client_id, scope] = optional;
        let exp = NOW.unix_seconds() + life;
        let sub = UserId(uuid::Uuid::from_u128(ids.0));
        let session_id = SessionId(uuid::Uuid::from_u128(ids.1));
        Claims {
            iss, sub, aud, exp, iat, email, phone, app_metadata, user_metadata, role, aal, amr,
            session_id, is_anonymous, client_id, scope,
        }
    }
}

proptest! {
    #[test]
    fn verifying_gives_back_what_was_minted(claims in claims()) {
        for keys in [hs256(), es256()] {
            let token = keys.mint(&claims).unwrap();
            let verified = keys.verify(&token, NOW).unwrap();
            prop_assert_eq!(verified.sub, Some(claims.sub.to_string()));
            prop_assert_eq!(verified.session_id, Some(claims.session_id.to_string()));
            prop_assert_eq!(verified.exp, Some(claims.exp));
            prop_assert_eq!(verified.iat, Some(claims.iat));
            prop_assert_eq!(verified.aud, vec![claims.aud.clone()]);
            prop_assert_eq!(&verified.role, &claims.role);
            prop_assert_eq!(&verified.amr, &claims.amr);
            let read: Claims = serde_json::from_value(Value::Object(verified.claims)).unwrap();
            prop_assert_eq!(read, claims.clone());
        }
    }

    #[test]
    fn nothing_that_was_not_signed_verifies(
        token in "[A-Za-z0-9_-]{0,40}(\\.[A-Za-z0-9_-]{0,40}){0,3}",
    ) {
        for keys in [hs256(), rs256(), es256()] {
            prop_assert!(keys.verify(&token, NOW).is_err());
        }
    }
}
