//! Many evaluations: what they inherit, when they end, and what a failed one does to the others.

use super::{AuthZen, entity, question};
use crate::app::Engine;
use crate::engines::on_both_engines;
use serde_json::{Value as Json, json};

on_both_engines! {
    evaluations_inherit_what_they_do_not_say,
    a_part_of_an_entity_is_completed,
    a_hundred_evaluations_are_the_most,
    each_semantic_ends_where_it_says,
    a_failed_evaluation_is_denied_alone,
    without_evaluations_it_is_one,
}

fn decisions(answer: &Json) -> Vec<bool> {
    let items = answer["evaluations"].as_array().expect("an array");
    let decision = |item: &Json| item["decision"].as_bool().expect("a decision");
    items.iter().map(decision).collect()
}

async fn evaluations_inherit_what_they_do_not_say(engine: Engine) {
    let Some(authzen) = AuthZen::open(engine).await else {
        return;
    };
    let by_action = json!({ "subject": entity("user", "bob"),
        "resource": entity("record", "record-1"),
        "evaluations": [{ "action": { "name": "read" } }, { "action": { "name": "write" } }] });
    let own = json!({ "evaluations": [question("alice", "read", "record-1"),
        question("bob", "write", "record-1")] });
    let partly = json!({ "subject": entity("user", "alice"), "action": { "name": "write" },
        "resource": { "type": "record" },
        "evaluations": [{ "resource": { "id": "record-1" } },
            { "resource": entity("record", "record-2") }] });
    for body in [by_action, own, partly] {
        let answer = authzen.ask("evaluations", &body).await;
        assert_eq!(decisions(&answer), [true, false], "{body}");
        assert_eq!(answer.get("decision"), None);
    }
    // The default's properties go with the default entity, its context with the default context.
    let soft = json!({ "name": "delete", "properties": { "soft": true } });
    let body = json!({ "subject": entity("user", "alice"),
        "resource": entity("record", "record-1"), "action": soft,
        "evaluations": [{}, { "action": { "name": "delete" } },
            { "context": { "action_soft": false } }] });
    let answer = authzen.ask("evaluations", &body).await;
    assert_eq!(decisions(&answer), [true, false, false]);
}

/// An evaluation with a part of an entity has the rest from the default one.
async fn a_part_of_an_entity_is_completed(engine: Engine) {
    let Some(authzen) = AuthZen::open(engine).await else {
        return;
    };
    let body = json!({ "subject": entity("user", "alice"), "action": { "name": "read" },
        "resource": entity("record", "record-1"),
        "evaluations": [
            { "subject": { "id": "bob" } },
            { "subject": { "type": "user" } },
            { "subject": { "type": null, "id": "bob" } },
            { "subject": { "type": "user", "id": null } },
            { "action": { "properties": { "soft": true } } },
            { "action": { "name": null } },
            { "resource": { "id": "record-1" } },
            { "resource": { "type": "record" } },
            { "resource": { "type": null, "id": null } },
            // What is not of the entity itself is not lent.
            { "subject": { "id": "nobody" } },
        ] });
    let answer = authzen.ask("evaluations", &body).await;
    let mut expected = [true; 10];
    expected[9] = false;
    assert_eq!(decisions(&answer), expected, "{answer}");
    assert_eq!(answer["evaluations"][9], json!({ "decision": false }));
    // The properties belong to the default entity alone.
    let soft = json!({ "name": "delete", "properties": { "soft": true } });
    let body = json!({ "subject": entity("user", "alice"), "action": soft,
        "resource": entity("record", "record-1"),
        "evaluations": [{}, { "action": { "properties": {} } }] });
    let answer = authzen.ask("evaluations", &body).await;
    assert_eq!(decisions(&answer), [true, false], "{answer}");
}

async fn a_hundred_evaluations_are_the_most(engine: Engine) {
    let Some(authzen) = AuthZen::open(engine).await else {
        return;
    };
    let mut body = question("alice", "read", "record-1");
    body["evaluations"] = json!(vec![json!({}); 100]);
    let answer = authzen.ask("evaluations", &body).await;
    assert_eq!(decisions(&answer), [true; 100]);
    body["evaluations"] = json!(vec![json!({}); 101]);
    let refused = authzen.post("/access/v1/evaluations", &body).await;
    assert_eq!(refused.status, 400);
    assert_eq!(refused.text(), "evaluations has more than 100 items");
}

async fn each_semantic_ends_where_it_says(engine: Engine) {
    let Some(authzen) = AuthZen::open(engine).await else {
        return;
    };
    let failed = json!({ "subject": "alice" });
    let item = |user: &str| match user {
        "failed" => failed.clone(),
        user => json!({ "subject": entity("user", user) }),
    };
    let (all, deny, permit) = (
        "execute_all",
        "deny_on_first_deny",
        "permit_on_first_permit",
    );
    for (semantic, users, expected) in [
        (all, ["alice", "eve", "bob"], &[true, false, true][..]),
        (deny, ["alice", "eve", "bob"], &[true, false]),
        (deny, ["alice", "failed", "eve"], &[true, false]),
        (deny, ["eve", "failed", "bob"], &[false]),
        (deny, ["failed", "eve", "bob"], &[false]),
        (deny, ["alice", "bob", "alice"], &[true, true, true]),
        (permit, ["eve", "alice", "bob"], &[false, true]),
        (permit, ["alice", "failed", "bob"], &[true]),
        (permit, ["failed", "alice", "failed"], &[false, true]),
        (permit, ["failed", "eve", "failed"], &[false, false, false]),
    ] {
        let items: Vec<Json> = users.iter().map(|user| item(user)).collect();
        let body = json!({ "action": { "name": "read" }, "resource": entity("record", "record-1"),
            "evaluations": items, "options": { "evaluations_semantic": semantic } });
        let answer = authzen.ask("evaluations", &body).await;
        assert_eq!(decisions(&answer), expected, "{semantic} {users:?}");
        for (item, user) in answer["evaluations"]
            .as_array()
            .expect("all")
            .iter()
            .zip(users)
        {
            let is_failed = item.get("context").is_some();
            assert_eq!(is_failed, user == "failed", "{semantic} {users:?}: {item}");
        }
    }
}

async fn a_failed_evaluation_is_denied_alone(engine: Engine) {
    let Some(authzen) = AuthZen::open(engine).await else {
        return;
    };
    let alice = entity("user", "alice");
    let mistyped = json!({ "resource": "record-1" });
    let unknown = json!({ "resource": entity("spaceship", "1") });
    let good = json!({ "resource": entity("record", "record-1") });
    let body = json!({ "subject": alice, "action": { "name": "read" },
        "evaluations": [{}, mistyped, unknown, good] });
    let answer = authzen.ask("evaluations", &body).await;
    assert_eq!(decisions(&answer), [false, false, false, true]);
    for (at, said) in ["resource is missing", "resource must be", "spaceship"]
        .iter()
        .enumerate()
    {
        let error = &answer["evaluations"][at]["context"]["error"];
        assert!(
            error["message"].as_str().expect("words").contains(said),
            "{error}"
        );
        assert_eq!(error["status"], 400, "{error}");
    }
    assert_eq!(answer["evaluations"][3], json!({ "decision": true }));
}

async fn without_evaluations_it_is_one(engine: Engine) {
    let Some(authzen) = AuthZen::open(engine).await else {
        return;
    };
    let mut body = question("alice", "read", "record-1");
    assert_eq!(
        authzen.ask("evaluations", &body).await,
        json!({ "decision": true })
    );
    body["evaluations"] = json!([]);
    assert_eq!(
        authzen.ask("evaluations", &body).await,
        json!({ "decision": true })
    );
}
