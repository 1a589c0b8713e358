//! The certification's scenario of the Authorization API 1.0, by the numbers of its sections: those
//! requests that the other tests ask in words of their own.

use super::AuthZen;
use crate::app::Engine;
use crate::engines::on_both_engines;
use serde_json::{Value as Json, json};

on_both_engines! {
    section_2_2_3_optional_context,
    section_2_2_8_additional_properties,
    section_3_2_3_properties_of_each_resource,
    section_3_2_4_properties_of_each_subject,
    section_3_2_6_inherited_context,
}

/// The answer to a scenario's request is the expected one.
async fn answers(engine: Engine, endpoint: &str, request: Json, expected: Json) {
    let Some(authzen) = AuthZen::open(engine).await else {
        return;
    };
    assert_eq!(authzen.ask(endpoint, &request).await, expected, "{request}");
}

async fn section_2_2_3_optional_context(engine: Engine) {
    let request = json!({
        "subject": { "type": "user", "id": "alice" },
        "action": { "name": "read" },
        "resource": { "type": "record", "id": "record-1" },
        "context": { "time": "2025-06-27T18:03-07:00", "ip": "192.168.1.1" },
    });
    answers(engine, "evaluation", request, json!({ "decision": true })).await;
}

async fn section_2_2_8_additional_properties(engine: Engine) {
    let request = json!({
        "subject": { "type": "user", "id": "alice",
            "properties": { "department": "Sales", "role": "manager" } },
        "action": { "name": "read", "properties": { "method": "GET" } },
        "resource": { "type": "record", "id": "record-1",
            "properties": { "status": "active", "owner": "bob" } },
    });
    answers(engine, "evaluation", request, json!({ "decision": true })).await;
}

async fn section_3_2_3_properties_of_each_resource(engine: Engine) {
    let request = json!({
        "subject": { "type": "user", "id": "alice" },
        "action": { "name": "write" },
        "evaluations": [
            { "resource": { "type": "record", "id": "record-1",
                "properties": { "status": "active" } } },
            { "resource": { "type": "record", "id": "record-2",
                "properties": { "status": "archived" } } },
        ],
    });
    let expected = json!({ "evaluations": [{ "decision": true }, { "decision": false }] });
    answers(engine, "evaluations", request, expected).await;
}

async fn section_3_2_4_properties_of_each_subject(engine: Engine) {
    let request = json!({
        "action": { "name": "write" },
        "resource": { "type": "record", "id": "record-2",
            "properties": { "status": "archived" } },
        "evaluations": [
            { "subject": { "type": "user", "id": "alice" } },
            { "subject": { "type": "user", "id": "bob", "properties": { "role": "admin" } } },
        ],
    });
    let expected = json!({ "evaluations": [{ "decision": false }, { "decision": true }] });
    answers(engine, "evaluations", request, expected).await;
}

/// What is decided here is not part of the certification, but of our fixture.
async fn section_3_2_6_inherited_context(engine: Engine) {
    let request = json!({
        "subject": { "type": "user", "id": "alice" },
        "action": { "name": "read" },
        "context": { "time": "2025-06-27T18:03-07:00" },
        "evaluations": [
            { "resource": { "type": "record", "id": "record-1" } },
            { "resource": { "type": "record", "id": "record-2" },
                "context": { "time": "2025-06-27T19:00-07:00", "source": "batch-override" } },
        ],
    });
    let expected = json!({ "evaluations": [{ "decision": true }, { "decision": false }] });
    answers(engine, "evaluations", request, expected).await;
}
