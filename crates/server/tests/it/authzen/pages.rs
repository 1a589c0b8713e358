//! Pages of searches: each follows the one before, and a token is good for its own search only.

use super::searches::{found, names};
use super::{AuthZen, KEY, MODEL, entity, question, tuple};
use crate::app::Engine;
use crate::engines::on_both_engines;
use serde_json::{Value as Json, json};
use testkit::http::Request;

on_both_engines! {
    pages_follow_each_other,
    no_page_is_longer_than_lists_are,
    a_token_is_good_for_its_search_only,
    a_token_outlives_what_the_search_ignores,
    pages_go_on_under_a_new_model,
    a_pinned_model_is_that_of_all_pages,
}

/// Each kind of search, with all that it finds.
fn searches() -> [(&'static str, Json, Vec<&'static str>); 3] {
    let mut all = question("alice", "delete", "record-1");
    all["context"] = json!({ "action_soft": true });
    [
        (
            "subject",
            question("alice", "read", "record-1"),
            vec!["alice", "bob", "carol"],
        ),
        (
            "resource",
            question("alice", "read", "record-1"),
            vec!["record-1", "record-2", "record-3"],
        ),
        ("action", all, vec!["delete", "read", "write"]),
    ]
}

/// The fixture with three results for each search.
async fn open(engine: Engine, settings: &[(&str, &str)]) -> Option<AuthZen> {
    let authzen = AuthZen::open_with(engine, settings).await?;
    let tuples = [
        tuple("user:carol", "read", "record:record-1"),
        tuple("user:alice", "read", "record:record-2"),
        tuple("user:alice", "read", "record:record-3"),
    ];
    authzen.write(&tuples).await;
    Some(authzen)
}

async fn page(authzen: &AuthZen, kind: &str, body: &Json, page: Json) -> (Vec<String>, String) {
    let mut body = body.clone();
    body["page"] = page;
    let answer = authzen.ask(&format!("search/{kind}"), &body).await;
    let results = names(&answer);
    assert_eq!(answer["page"]["count"], results.len(), "{answer}");
    assert_eq!(answer.get("context"), None, "{answer}");
    let token = answer["page"]["next_token"].as_str().expect("a text");
    (results, token.to_owned())
}

async fn pages_follow_each_other(engine: Engine) {
    let Some(authzen) = open(engine, &[]).await else {
        return;
    };
    for (kind, body, all) in searches() {
        assert_eq!(found(&authzen, kind, &body).await, all, "{kind}");
        let (mut results, mut token) = (Vec::new(), String::new());
        for _ in 0..3 {
            let asked = json!({ "limit": 1, "token": token });
            let (some, next) = page(&authzen, kind, &body, asked).await;
            assert_eq!(some.len(), 1, "{kind}");
            results.extend(some);
            token = next;
        }
        assert_eq!((results, token.as_str()), (texts(&all), ""), "{kind}");
        // A page may be as long as there are results, and longer.
        for limit in [3, 4] {
            let (whole, token) = page(&authzen, kind, &body, json!({ "limit": limit })).await;
            assert_eq!((whole, token.as_str()), (texts(&all), ""), "{kind}");
        }
    }
}

fn texts(all: &[&str]) -> Vec<String> {
    all.iter().map(ToString::to_string).collect()
}

async fn no_page_is_longer_than_lists_are(engine: Engine) {
    let most = ("CLAVIGER_OPENFGA_LIST_RESULTS_MAX", "2");
    let Some(authzen) = open(engine, &[most]).await else {
        return;
    };
    for (kind, body, all) in searches() {
        for asked in [json!({}), json!({ "limit": 2 }), json!({ "limit": 100 })] {
            let (first, token) = page(&authzen, kind, &body, asked).await;
            assert_eq!(first, all[..2], "{kind}");
            assert_ne!(token, "", "{kind}");
            let (rest, end) = page(&authzen, kind, &body, json!({ "token": token })).await;
            assert_eq!((rest, end.as_str()), (texts(&all[2..]), ""), "{kind}");
        }
    }
}

async fn a_token_is_good_for_its_search_only(engine: Engine) {
    let Some(authzen) = open(engine, &[]).await else {
        return;
    };
    let store = &authzen.store;
    let other_store = authzen.empty_store("other").await;
    for (kind, body, _) in searches() {
        let (_, token) = page(&authzen, kind, &body, json!({ "limit": 1 })).await;
        let mut body = body;
        body["page"] = json!({ "token": token });
        let path = |store: &str| format!("/stores/{store}/access/v1/search/{kind}");
        assert_eq!(authzen.post(&path(store), &body).await.status, 200);
        let refused = authzen.post(&path(&other_store), &body).await;
        assert_eq!(refused.status, 400, "{kind}");
        assert_eq!(refused.text(), "page.token was not given for this search");
        // What the answer depends on.
        let mut changes = vec![
            ("/context", json!({ "hour": 3 })),
            ("/subject/properties", json!({ "role": "admin" })),
            ("/resource/properties", json!({ "status": "active" })),
            ("/subject/type", json!("group")),
            ("/resource/type", json!("group")),
            ("/page/token", json!(format!("{token}A"))),
            ("/page/token", json!("A")),
        ];
        if kind != "action" {
            changes.push(("/action/name", json!("write")));
        }
        if kind != "subject" {
            changes.push(("/subject/id", json!("bob")));
        }
        if kind != "resource" {
            changes.push(("/resource/id", json!("record-2")));
        }
        for (field, value) in changes {
            let mut other = body.clone();
            let (parent, name) = field.rsplit_once('/').expect("a path");
            other.pointer_mut(parent).expect("an object")[name] = value;
            let refused = authzen.post(&path(store), &other).await;
            assert_eq!(refused.status, 400, "{kind} {other}");
        }
    }
    // The same question of two endpoints: who knows ann, and whom does ann know?
    let people = [
        tuple("user:bea", "knows", "user:ann"),
        tuple("user:cat", "knows", "user:ann"),
        tuple("user:ann", "knows", "user:bea"),
        tuple("user:ann", "knows", "user:cat"),
    ];
    authzen.write(&people).await;
    let ann = entity("user", "ann");
    let mut body = json!({ "subject": ann, "action": { "name": "knows" }, "resource": ann });
    for (kind, other) in [("subject", "resource"), ("resource", "subject")] {
        let (first, token) = page(&authzen, kind, &body, json!({ "limit": 1 })).await;
        assert_eq!(first, ["bea"]);
        body["page"] = json!({ "token": token });
        let path = format!("/access/v1/search/{other}");
        assert_eq!(authzen.post(&path, &body).await.status, 400, "{kind}");
        assert_eq!(found(&authzen, kind, &body).await, ["cat"]);
    }
}

/// The id of what is looked for, and fields that this version does not know.
async fn a_token_outlives_what_the_search_ignores(engine: Engine) {
    let Some(authzen) = open(engine, &[]).await else {
        return;
    };
    for (kind, mut body, all) in searches() {
        let (_, token) = page(&authzen, kind, &body, json!({ "limit": 1 })).await;
        body["futureField"] = json!(true);
        body["subject"]["futureField"] = json!(true);
        body["page"] = json!({ "token": token, "futureField": true });
        let target = match kind {
            "action" => "futureEntity",
            kind => kind,
        };
        body[target]["id"] = json!("whatever");
        assert_eq!(found(&authzen, kind, &body).await, all[1..], "{kind}");
    }
}

async fn pages_go_on_under_a_new_model(engine: Engine) {
    let Some(authzen) = open(engine, &[]).await else {
        return;
    };
    for (kind, mut body, all) in searches() {
        let (_, token) = page(&authzen, kind, &body, json!({ "limit": 1 })).await;
        authzen
            .model(&MODEL.replace("type group", "type team\ntype group"))
            .await;
        body["page"] = json!({ "token": token });
        assert_eq!(found(&authzen, kind, &body).await, all[1..], "{kind}");
    }
}

/// The fixture, where nobody writes records any more, but edits them.
fn renamed() -> String {
    MODEL.replace("define write:", "define edit:")
}

async fn a_pinned_model_is_that_of_all_pages(engine: Engine) {
    let Some(authzen) = open(engine, &[]).await else {
        return;
    };
    let pinned = authzen.model(MODEL).await;
    let mut body = question("alice", "write", "record-1");
    body["page"] = json!({ "limit": 1 });
    let mut results = Vec::new();
    for written in [MODEL.to_owned(), renamed()] {
        authzen.model(&written).await;
        let request = Request::post("/access/v1/search/action").bearer(KEY);
        let request = request.header("Openfga-Authorization-Model-Id", &pinned);
        let answer = authzen.send(request.json(&body)).await.json();
        results.extend(names(&answer));
        body["page"]["token"] = answer["page"]["next_token"].clone();
    }
    assert_eq!(results, ["read", "write"]);
    body["page"] = json!({});
    assert_eq!(found(&authzen, "action", &body).await, ["read"]);
}
