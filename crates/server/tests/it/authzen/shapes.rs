//! Requests that are none of this API are refused, and every answer has the client's request id.

use super::{AuthZen, KEY, entity, question};
use crate::app::Engine;
use crate::engines::on_both_engines;
use serde_json::{Value as Json, json};
use testkit::http::Request;

on_both_engines! {
    what_is_missing_or_mistyped_is_refused,
    only_json_objects_are_read,
    unknown_fields_are_ignored,
    every_answer_has_the_request_id,
}

/// The body of each endpoint, and the fields that it needs.
fn endpoints() -> Vec<(&'static str, Json, Vec<&'static str>)> {
    let body = || question("alice", "read", "record-1");
    let all = [
        "/subject",
        "/subject/type",
        "/subject/id",
        "/action",
        "/action/name",
        "/resource",
        "/resource/type",
        "/resource/id",
    ];
    let but = |not: &[&str]| {
        all.into_iter()
            .filter(|field| !not.contains(field))
            .collect()
    };
    vec![
        ("evaluation", body(), but(&[])),
        ("evaluations", body(), but(&[])),
        ("search/subject", body(), but(&["/subject/id"])),
        ("search/resource", body(), but(&["/resource/id"])),
        ("search/action", body(), but(&["/action", "/action/name"])),
    ]
}

/// The request is refused, and told because of which field.
async fn refused(authzen: &AuthZen, endpoint: &str, body: &Json, field: &str) {
    let reply = authzen.post(&format!("/access/v1/{endpoint}"), body).await;
    let text = reply.text();
    assert_eq!(reply.status, 400, "{endpoint} {body}: {text}");
    let (named, _) = text.split_once(' ').expect("a sentence");
    assert_eq!(named, field, "{endpoint} {body}: {text}");
}

async fn what_is_missing_or_mistyped_is_refused(engine: Engine) {
    let Some(authzen) = AuthZen::open(engine).await else {
        return;
    };
    for (endpoint, whole, needed) in endpoints() {
        for field in needed {
            let named = field.trim_start_matches('/').replace('/', ".");
            let (parent, name) = field.rsplit_once('/').expect("a path");
            let mut body = whole.clone();
            let parent = body.pointer_mut(parent).and_then(Json::as_object_mut);
            parent.expect("an object").remove(name);
            refused(&authzen, endpoint, &body, &named).await;
            for wrong in [json!(123), json!(""), json!(["a"]), json!(null)] {
                let mut body = whole.clone();
                *body.pointer_mut(field).expect("a field") = wrong;
                refused(&authzen, endpoint, &body, &named).await;
            }
        }
        for named in ["context", "subject.properties", "resource.properties"] {
            let mut body = whole.clone();
            match named.split_once('.') {
                Some((entity, field)) => body[entity][field] = json!(1),
                None => body[named] = json!("a"),
            }
            refused(&authzen, endpoint, &body, named).await;
        }
    }
    for (endpoint, named, wrong) in [
        ("evaluations", "evaluations", json!("a")),
        ("evaluations", "evaluations", json!(["a"])),
        ("evaluations", "evaluations", json!(vec![json!({}); 101])),
        ("evaluations", "options", json!([])),
        (
            "evaluations",
            "options.evaluations_semantic",
            json!("whatever"),
        ),
        ("search/subject", "page", json!("a")),
        ("search/subject", "page.limit", json!("a")),
        ("search/subject", "page.limit", json!(0)),
        ("search/subject", "page.token", json!(7)),
    ] {
        let mut body = question("alice", "read", "record-1");
        match named.split_once('.') {
            Some((parent, field)) => body[parent] = json!({ field: wrong }),
            None => body[named] = wrong,
        }
        refused(&authzen, endpoint, &body, named).await;
    }
}

async fn only_json_objects_are_read(engine: Engine) {
    let Some(authzen) = AuthZen::open(engine).await else {
        return;
    };
    for (endpoint, whole, _) in endpoints() {
        let request = || Request::post(format!("/access/v1/{endpoint}")).bearer(KEY);
        let json = || request().header("content-type", "application/json");
        let text = whole.to_string();
        for sent in [
            json().body(""),
            json().body("{"),
            json().body("[]"),
            request().body(text.clone()),
            request()
                .header("content-type", "text/plain")
                .body(text.clone()),
            request()
                .header("content-type", "application/x-www-form-urlencoded")
                .body(text.clone()),
        ] {
            assert_eq!(authzen.send(sent).await.status, 400, "{endpoint}");
        }
        let charset = request().header("content-type", "application/json; charset=utf-8");
        assert_eq!(
            authzen.send(charset.body(text)).await.status,
            200,
            "{endpoint}"
        );
    }
}

async fn unknown_fields_are_ignored(engine: Engine) {
    let Some(authzen) = AuthZen::open(engine).await else {
        return;
    };
    for (endpoint, mut body, _) in endpoints() {
        body["options"] = json!({ "evaluations_semantic": "execute_all" });
        body["page"] = json!({ "limit": 5 });
        if endpoint == "evaluations" {
            body["evaluations"] = json!([{}, { "action": { "name": "write" },
                "subject": entity("user", "bob"), "resource": entity("record", "record-1") }]);
        }
        let known = authzen.ask(endpoint, &body).await;
        for object in [
            "",
            "/subject",
            "/action",
            "/resource",
            "/options",
            "/page",
            "/evaluations/0",
            "/evaluations/1",
            "/evaluations/1/subject",
            "/evaluations/1/action",
            "/evaluations/1/resource",
        ] {
            if let Some(object) = body.pointer_mut(object) {
                object["futureField"] = json!({ "nested": true });
            }
            assert_eq!(authzen.ask(endpoint, &body).await, known, "{object} {body}");
        }
    }
}

async fn every_answer_has_the_request_id(engine: Engine) {
    let Some(authzen) = AuthZen::open(engine).await else {
        return;
    };
    let body = question("alice", "read", "record-1");
    let request = |path: &str| Request::post(path).json(&body);
    for (request, status) in [
        (request("/access/v1/evaluation").bearer(KEY), 200),
        (request("/access/v1/evaluation"), 401),
        (request("/access/v1/nope").bearer(KEY), 404),
        (Request::get("/access/v1/evaluation"), 405),
        (Request::post("/access/v1/evaluation").bearer(KEY), 400),
    ] {
        let reply = authzen
            .send(request.header("X-Request-ID", "any text: 7"))
            .await;
        assert_eq!(reply.status, status);
        assert_eq!(reply.header("x-request-id"), "any text: 7", "{status}");
    }
    let without = authzen
        .send(request("/access/v1/evaluation").bearer(KEY))
        .await;
    assert_eq!(without.header("x-request-id").len(), 36);
}
