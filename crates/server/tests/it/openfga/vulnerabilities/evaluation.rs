//! Answers that were wrong elsewhere: lists, wildcards, exclusions, circles, contextual tuples.

use super::{Case, all, both, key, store, with_condition};
use crate::app::Engine;
use crate::engines::on_both_engines;
use crate::openfga::assert_refused;
use serde_json::json;

on_both_engines! {
    cve_2022_39341_and_39342_tuples_of_older_models_grant_nothing,
    cve_2022_39352_and_23542_nobody_comes_in_by_a_wildcard_of_a_tupleset,
    cve_2023_40579_and_2022_21646_lists_are_the_objects_that_checks_allow,
    cve_2024_31452_and_42473_exclusions_hold_behind_tuplesets_and_usersets,
    cve_2025_25196_64751_and_2026_24851_wildcards_stay_apart_from_usersets_and_conditions,
    cve_2025_48371_contextual_tuples_must_fit_the_model,
    cve_2025_46331_and_ghsa_w222_m46c_mgh6_a_circle_spoils_no_other_answer,
}

const GROUPS: &str = "
model
  schema 1.1
type user
type group
  relations
    define member: [user, user:*, group#member]
type folder
  relations
    define parent: [folder]
    define blocked: [user, group#member]
    define viewer: [user, user:*, group#member] or viewer from parent
    define reader: viewer but not blocked
    define both: viewer and blocked
type doc
  relations
    define parent: [folder]
    define blocked: [user, group#member] or blocked from parent
    define viewer: [user, user:*, group#member] or viewer from parent
    define reader: viewer but not blocked
    define both: viewer and blocked
";

/// CVE-2022-39341, CVE-2022-39342: what an older model took and the newest does not counts no more.
async fn cve_2022_39341_and_39342_tuples_of_older_models_grant_nothing(engine: Engine) {
    let Some(servers) = both(engine).await else {
        return;
    };
    for fga in &servers {
        let world = store(fga, GROUPS).await.expect("a model");
        world
            .write(&[
                key("folder:f#viewer@user:ann"),
                key("doc:1#parent@folder:f"),
            ])
            .await;
        assert!(world.check(&key("doc:1#viewer@user:ann")).await);
        let narrower = GROUPS.replace(
            "define parent: [folder]\n    define blocked: [user, group#member] or",
            "define parent: [doc]\n    define blocked: [user, group#member] or",
        );
        let (narrower, _) = rebac::dsl::parse(&narrower).expect("a model");
        let written = world
            .post("authorization-models", &rebac::to_json(&narrower))
            .await;
        assert_eq!(written.status, 201, "{}", written.text());
        assert!(!world.check(&key("doc:1#viewer@user:ann")).await);
        let body = json!({ "type": "doc", "relation": "viewer", "user": "user:ann" });
        assert_eq!(
            world.answer("list-objects", &body).await,
            json!({ "objects": [] })
        );
        // By the older model it still does.
        let body = json!({ "tuple_key": key("doc:1#viewer@user:ann"),
            "authorization_model_id": world.model });
        assert_eq!(world.answer("check", &body).await["allowed"], true);
    }
}

/// CVE-2022-39352, CVE-2022-23542: a tupleset is of objects alone, in the model, in what is stored
/// and in what a question brings along.
async fn cve_2022_39352_and_23542_nobody_comes_in_by_a_wildcard_of_a_tupleset(engine: Engine) {
    let Some(servers) = both(engine).await else {
        return;
    };
    for fga in &servers {
        for bad in [
            "[folder, folder:*]",
            "[folder, group#member]",
            "[folder] or viewer",
        ] {
            let model = GROUPS.replace(
                "define parent: [folder]\n    define blocked: [user, group#member] or",
                &format!("define parent: {bad}\n    define blocked: [user, group#member] or"),
            );
            let refused = store(fga, &model).await.err();
            assert_eq!(
                refused.as_deref(),
                Some("invalid_authorization_model"),
                "{bad}"
            );
        }
        let world = store(fga, GROUPS).await.expect("a model");
        world.write(&[key("folder:f#viewer@user:ann")]).await;
        for bad in ["doc:1#parent@folder:*", "doc:1#parent@group:g#member"] {
            let body = json!({ "writes": { "tuple_keys": [key(bad)] } });
            assert_refused(&world.post("write", &body).await, 400, "validation_error");
            let body = json!({ "tuple_key": key("doc:1#viewer@user:ann"),
                "contextual_tuples": { "tuple_keys": [key(bad)] } });
            assert_refused(&world.post("check", &body).await, 400, "invalid_tuple");
        }
        assert!(!world.check(&key("doc:1#viewer@user:ann")).await);
    }
}

/// CVE-2023-40579, CVE-2022-21646.
async fn cve_2023_40579_and_2022_21646_lists_are_the_objects_that_checks_allow(engine: Engine) {
    let case = Case::new("CVE-2023-40579, CVE-2022-21646", GROUPS)
        .tuples(&[
            "doc:public#viewer@user:*",
            "doc:public#blocked@user:bob",
            "doc:grouped#viewer@group:all#member",
            "group:all#member@user:*",
            "doc:filed#parent@folder:f",
            "folder:f#viewer@group:staff#member",
            "group:staff#member@user:bob",
            "doc:hidden#viewer@user:cid",
        ])
        .allows(&[
            "doc:public#viewer@user:ann",
            "doc:public#reader@user:ann",
            "doc:public#viewer@user:bob",
            "doc:public#both@user:bob",
            "doc:grouped#viewer@user:ann",
            "doc:grouped#reader@user:bob",
            "doc:filed#reader@user:bob",
            "doc:hidden#viewer@user:cid",
        ])
        .denies(&[
            "doc:public#reader@user:bob",
            "doc:public#both@user:ann",
            "doc:filed#reader@user:ann",
            "doc:hidden#viewer@user:ann",
        ]);
    all(engine, &[case]).await;
}

/// CVE-2024-31452, CVE-2024-42473: whoever is taken away behind a tupleset or a userset is.
async fn cve_2024_31452_and_42473_exclusions_hold_behind_tuplesets_and_usersets(engine: Engine) {
    let case = Case::new("CVE-2024-31452, CVE-2024-42473", GROUPS)
        .tuples(&[
            "doc:1#parent@folder:open",
            "doc:1#parent@folder:shut",
            "folder:open#viewer@group:staff#member",
            "folder:shut#blocked@group:banned#member",
            "group:staff#member@user:ann",
            "group:staff#member@user:bob",
            "group:banned#member@group:worse#member",
            "group:worse#member@user:bob",
        ])
        .allows(&[
            "doc:1#viewer@user:ann",
            "doc:1#reader@user:ann",
            "doc:1#viewer@user:bob",
            "doc:1#both@user:bob",
            "folder:open#reader@user:bob",
        ])
        .denies(&[
            "doc:1#reader@user:bob",
            "doc:1#both@user:ann",
            "folder:shut#both@user:bob",
        ]);
    all(engine, &[case]).await;
}

const WILDCARDS: &str = "
model
  schema 1.1
type user
type group
  relations
    define member: [user, user:*, user:* with early]
type doc
  relations
    define viewer: [user, user:*, user with early, user:* with early, group#member]
    define parent: [doc]
    define above: viewer from parent
condition early(hour: int) {
  hour < 12
}
";

/// CVE-2025-25196, CVE-2025-64751, CVE-2026-24851: everybody, everybody under a condition, and
/// whoever is in a group are different subjects, and neighbouring ids are different objects.
async fn cve_2025_25196_64751_and_2026_24851_wildcards_stay_apart_from_usersets_and_conditions(
    engine: Engine,
) {
    const NUMBERS: &str = "CVE-2025-25196, CVE-2025-64751, CVE-2026-24851";
    let stored = |hour| {
        let case = Case::new(NUMBERS, WILDCARDS).tuples(&[
            "doc:1#viewer@group:g#member",
            "doc:10#viewer@user:*",
            "doc:11#viewer@user:ann",
            "doc:child#parent@doc:1",
        ]);
        let mut case = case
            .conditional("group:g#member@user:*", "early", &json!({}))
            .conditional("doc:2#viewer@user:*", "early", &json!({}));
        case.context = json!({ "hour": hour });
        case.allows(&["doc:10#viewer@user:ann", "doc:10#viewer@user:bob"])
            .denies(&["doc:11#viewer@user:bob", "doc:0#viewer@user:ann"])
    };
    let ways = [
        "doc:1#viewer@user:ann",
        "doc:2#viewer@user:bob",
        "doc:child#above@user:ann",
    ];
    let mut brought = Case::new(NUMBERS, WILDCARDS).tuples(&["doc:3#viewer@group:g#member"]);
    brought.context = json!({ "hour": 13 });
    brought.contextual = vec![
        with_condition("group:g#member@user:*", "early", &json!({})),
        with_condition("doc:3#viewer@user:ann", "early", &json!({ "hour": 9 })),
    ];
    let brought = brought
        .allows(&["doc:3#viewer@user:ann"])
        .denies(&["doc:3#viewer@user:bob", "group:g#member@user:ann"]);
    let (early, late) = (stored(9).allows(&ways), stored(13).denies(&ways));
    all(engine, &[early, late, brought]).await;
}

/// CVE-2025-48371.
async fn cve_2025_48371_contextual_tuples_must_fit_the_model(engine: Engine) {
    let Some(servers) = both(engine).await else {
        return;
    };
    for fga in &servers {
        let world = store(fga, GROUPS).await.expect("a model");
        for bad in [
            "doc:1#viewer@folder:f",
            "doc:1#blocked@user:*",
            "doc:1#reader@user:ann",
        ] {
            let brought = json!({ "tuple_keys": [key(bad)] });
            let tuple_key = key("doc:1#viewer@user:ann");
            let objects = json!({ "type": "doc", "relation": "viewer", "user": "user:ann",
                "contextual_tuples": brought });
            let users = json!({ "object": { "type": "doc", "id": "1" }, "relation": "viewer",
                "user_filters": [{ "type": "user" }], "contextual_tuples": [key(bad)] });
            for (endpoint, body) in [
                (
                    "check",
                    json!({ "tuple_key": tuple_key, "contextual_tuples": brought }),
                ),
                (
                    "expand",
                    json!({ "tuple_key": { "relation": "viewer", "object": "doc:1" },
                    "contextual_tuples": brought }),
                ),
                ("list-objects", objects.clone()),
                ("streamed-list-objects", objects),
                ("list-users", users),
            ] {
                let reply = world.post(endpoint, &body).await;
                assert_refused(&reply, 400, "invalid_tuple");
            }
            let check = json!({ "tuple_key": tuple_key, "correlation_id": "a",
                "contextual_tuples": brought });
            let answer = world
                .answer("batch-check", &json!({ "checks": [check] }))
                .await;
            let error = &answer["result"]["a"]["error"]["input_error"];
            assert_eq!(*error, "invalid_tuple", "{bad}");
        }
    }
}

/// CVE-2025-46331, GHSA-w222-m46c-mgh6: where a walk was cut depends on where it began.
async fn cve_2025_46331_and_ghsa_w222_m46c_mgh6_a_circle_spoils_no_other_answer(engine: Engine) {
    const CIRCLES: &str = "
model
  schema 1.1
type user
type group
  relations
    define banned: [user]
    define member: [user, group#member] but not banned
type doc
  relations
    define viewer: [group#member]
";
    let case = Case::new("CVE-2025-46331, GHSA-w222-m46c-mgh6", CIRCLES)
        .tuples(&[
            "group:a#member@group:b#member",
            "group:b#member@group:c#member",
            "group:c#member@group:a#member",
            "group:c#member@user:ann",
            "group:b#banned@user:bob",
            "group:a#member@user:bob",
            "doc:1#viewer@group:a#member",
            "doc:2#viewer@group:b#member",
            "doc:3#viewer@group:c#member",
        ])
        .allows(&[
            "doc:1#viewer@user:ann",
            "doc:2#viewer@user:ann",
            "doc:3#viewer@user:ann",
            "doc:1#viewer@user:bob",
            "doc:3#viewer@user:bob",
        ])
        .denies(&["doc:2#viewer@user:bob", "doc:1#viewer@user:cid"]);
    all(engine, &[case]).await;
}
