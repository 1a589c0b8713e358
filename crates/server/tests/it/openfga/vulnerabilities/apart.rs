//! Questions that differ in one thing have answers of their own, and ways that meet are all
//! followed.

use super::{Case, World, all, both, key, store, with_condition};
use crate::app::Engine;
use crate::engines::on_both_engines;
use crate::openfga::assert_refused;
use serde_json::{Value as Json, json};

on_both_engines! {
    questions_that_differ_in_one_thing_are_not_taken_for_the_same,
    ways_that_meet_are_all_followed,
}

fn question(object: &str) -> Json {
    key(&format!("{object}#viewer@user:ann"))
}

/// CVE-2024-56323, CVE-2026-33729 (GHSA-h6c8-cww8-35hf), CVE-2026-34972, CVE-2026-48096,
/// CVE-2026-41131; `SpiceDB` CVE-2026-46668, CVE-2026-55866: whatever tells two questions apart
/// tells their answers apart.
async fn questions_that_differ_in_one_thing_are_not_taken_for_the_same(engine: Engine) {
    const LISTS: &str = "
model
  schema 1.1
type user
type doc
  relations
    define viewer: [user with nested, user with named]
condition nested(given: list<list<string>>) {
  given.size() == 2
}
condition named(name: string, other: string) {
  name == \"a\" && other == \"b,c\"
}
";
    let Some(servers) = both(engine).await else {
        return;
    };
    for fga in &servers {
        let world = store(fga, LISTS).await.expect("a model");
        let nested = with_condition("doc:1#viewer@user:ann", "nested", &json!({}));
        let named = with_condition("doc:2#viewer@user:ann", "named", &json!({}));
        world.write(&[nested, named]).await;
        let contexts = [
            ("doc:1", json!({ "given": [["a"], ["b"]] }), true),
            ("doc:1", json!({ "given": [["a", "b"]] }), false),
            ("doc:2", json!({ "name": "a", "other": "b,c" }), true),
            ("doc:2", json!({ "name": "a,b", "other": "c" }), false),
            ("doc:2", json!({ "other": "a", "name": "b,c" }), false),
        ];
        let both_ways = contexts.iter().chain(contexts.iter().rev());
        for (object, context, allowed) in both_ways {
            let body = json!({ "tuple_key": question(object), "context": context });
            assert_eq!(
                world.answer("check", &body).await["allowed"],
                *allowed,
                "{context}"
            );
        }
        assert_together(&world, &contexts).await;
        // A number is no text: it is refused, whatever was answered before.
        let body =
            json!({ "tuple_key": question("doc:2"), "context": { "name": 1, "other": "x" } });
        assert_refused(&world.post("check", &body).await, 400, "validation_error");
    }
}

/// The same questions in one batch, with the same key; and with tuples of one beside it.
async fn assert_together(world: &World<'_>, contexts: &[(&str, Json, bool)]) {
    let mut checks: Vec<_> = contexts
        .iter()
        .enumerate()
        .map(|(number, (object, context, _))| {
            json!({ "tuple_key": question(object), "context": context,
                "correlation_id": number.to_string() })
        })
        .collect();
    let brought = with_condition("doc:3#viewer@user:ann", "named", &json!({ "name": "a" }));
    for (id, brought) in [("with", vec![brought]), ("without", vec![])] {
        checks.push(
            json!({ "tuple_key": question("doc:3"), "correlation_id": id,
            "context": { "other": "b,c" }, "contextual_tuples": { "tuple_keys": brought } }),
        );
    }
    let answer = world
        .answer("batch-check", &json!({ "checks": checks }))
        .await;
    for (number, (_, context, allowed)) in contexts.iter().enumerate() {
        let found = &answer["result"][number.to_string()]["allowed"];
        assert_eq!(found, allowed, "{context}");
    }
    assert_eq!(answer["result"]["with"]["allowed"], true);
    assert_eq!(answer["result"]["without"]["allowed"], false);
}

/// CVE-2025-55213; `SpiceDB` CVE-2023-35930, CVE-2024-32001, CVE-2024-38361, CVE-2024-46989,
/// CVE-2025-49011, CVE-2025-65111: several ways to one object, some of them under a condition, some
/// through a tupleset: none hides another.
async fn ways_that_meet_are_all_followed(engine: Engine) {
    const WAYS: &str = "
model
  schema 1.1
type user
type team
  relations
    define member: [user, user with early, team#member]
type folder
  relations
    define viewer: [team#member with early, team#member]
type doc
  relations
    define parent: [folder, folder with early]
    define blocked: [team#member]
    define viewer: [user with early, team#member] or viewer from parent
    define reader: viewer but not blocked
condition early(hour: int) {
  hour < 12
}
";
    let stored = |hour| {
        let case = Case::new("CVE-2025-55213 and others", WAYS).tuples(&[
            "team:a#member@team:c#member",
            "team:b#member@team:c#member",
            "team:c#member@user:ann",
            "folder:open#viewer@team:b#member",
            "doc:1#parent@folder:open",
            "doc:2#parent@folder:open",
            "doc:2#blocked@team:a#member",
        ]);
        let mut case = case
            .conditional("folder:timed#viewer@team:a#member", "early", &json!({}))
            .conditional("doc:1#parent@folder:timed", "early", &json!({}))
            .conditional("doc:3#parent@folder:timed", "early", &json!({}))
            .conditional("team:c#member@user:bob", "early", &json!({}));
        case.context = json!({ "hour": hour });
        case.allows(&["doc:1#reader@user:ann", "doc:2#viewer@user:ann"])
            .denies(&["doc:2#reader@user:ann", "doc:3#viewer@user:cid"])
    };
    let timed = [
        "doc:3#viewer@user:ann",
        "doc:1#reader@user:bob",
        "doc:3#reader@user:bob",
    ];
    let (early, late) = (stored(9).allows(&timed), stored(13).denies(&timed));
    all(engine, &[early, late]).await;
}
