//! A stream of objects on the wire: its lines come while others are looked for, and what goes wrong
//! then is a line.

use super::{Fga, PRESHARED, World, tuple};
use crate::app::{Engine, TestApp};
use crate::engines::{absent, on_both_engines};
use crate::outage::through_proxy;
use serde_json::{Value as Json, json};
use std::time::Duration;
use testkit::proxy::Proxy;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::net::TcpStream;
use tokio::time::timeout_at;
use types::{Clock, SystemClock};

on_both_engines! {
    a_long_stream_has_every_object_once,
    a_list_that_is_not_complete_says_why_in_its_last_line,
}

/// Nothing is kept in memory, so that every step asks the database.
const FORGETFUL: &[(&str, &str)] = &[
    ("CLAVIGER_OPENFGA_PRESHARED_KEYS", PRESHARED),
    ("CLAVIGER_OPENFGA_RESIDENT_MIB_MAX", "0"),
    ("CLAVIGER_OPENFGA_LIST_DEADLINE", "30s"),
    ("CLAVIGER_HTTP_REQUEST_DEADLINE", "30s"),
];
/// How long a step is waited for, and how long it is looked whether another one follows.
const PATIENCE: Duration = Duration::from_secs(20);
const GLANCE: Duration = Duration::from_millis(100);
/// Groups between Ann and what she views from afar.
const GROUPS: usize = 20;

fn question() -> Json {
    json!({ "type": "document", "relation": "viewer", "user": "user:ann" })
}

/// A client that reads a body line by line. Sizes of chunks are no lines of it.
struct Reading {
    lines: Lines<BufReader<TcpStream>>,
}

impl Reading {
    async fn begin(world: &World<'_>) -> Self {
        let mut stream = TcpStream::connect(world.fga.address).await.expect("there");
        let (path, body) = (world.path("streamed-list-objects"), question().to_string());
        let length = body.len();
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer {PRESHARED}\r\n\
             Content-Type: application/json\r\nContent-Length: {length}\r\n\
             Connection: close\r\n\r\n{body}"
        );
        stream.write_all(head.as_bytes()).await.expect("it is read");
        Self {
            lines: BufReader::new(stream).lines(),
        }
    }

    /// The next line of the body; none within the span, or at the end of it.
    async fn within(&mut self, span: Duration) -> Option<Json> {
        let until = (SystemClock.instant() + span).into();
        loop {
            let line = timeout_at(until, self.lines.next_line()).await.ok()?;
            let line = line.expect("the connection holds")?;
            if line.starts_with('{') {
                return Some(serde_json::from_str(&line).expect("JSON"));
            }
        }
    }

    /// The lines until the end.
    async fn rest(mut self) -> Vec<Json> {
        let mut lines = Vec::new();
        while let Some(line) = self.within(PATIENCE).await {
            lines.push(line);
        }
        lines
    }
}

fn line(object: &str) -> Json {
    json!({ "result": { "object": object } })
}

/// Ann views one document herself, and one through all of the groups.
async fn near_and_far(world: &World<'_>) {
    let group = |number: usize| format!("group:{number}");
    let mut tuples = vec![
        tuple("user:ann", "viewer", "document:near"),
        tuple("user:ann", "member", &group(GROUPS)),
        tuple("group:1#member", "viewer", "document:far"),
    ];
    tuples.extend((1..GROUPS).map(|number| {
        let inner = format!("{}#member", group(number + 1));
        tuple(&inner, "member", &group(number))
    }));
    world.write(&tuples).await;
}

/// Lets one answer of the database through after another until the first line is there. Others ask
/// the database as well, so that nobody can say how many answers that takes; but the far document
/// is not known then, and no other line follows.
async fn first_line(world: &World<'_>, proxy: &Proxy) -> Reading {
    proxy.stall().await;
    let mut reading = Reading::begin(world).await;
    for _ in 0..10 * GROUPS {
        if let Some(first) = reading.within(GLANCE).await {
            assert_eq!(first, line("document:near"));
            assert_eq!(
                reading.within(GLANCE).await,
                None,
                "the database is stalled"
            );
            return reading;
        }
        let answer = timeout_at(
            (SystemClock.instant() + PATIENCE).into(),
            proxy.mend_for_one_answer(),
        );
        answer.await.expect("the database is asked");
    }
    panic!("no line, although the near document was found");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_line_comes_before_the_last_object_is_looked_for() {
    let Some(app) = TestApp::open(Engine::Postgres).await else {
        return absent(Engine::Postgres);
    };
    let (proxy, database) = through_proxy(app.database()).await;
    let fga = Fga::over(app, &database, FORGETFUL).await;
    let world = fga.world().await;
    near_and_far(&world).await;
    let whole = world.post("list-objects", &question()).await;
    let both = json!({ "objects": ["document:far", "document:near"] });
    assert_eq!(whole.json(), both);
    let reading = first_line(&world, &proxy).await;
    proxy.mend().await;
    assert_eq!(reading.rest().await, [line("document:far")]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_outage_after_the_first_line_is_a_line() {
    let Some(app) = TestApp::open(Engine::Postgres).await else {
        return absent(Engine::Postgres);
    };
    let (proxy, database) = through_proxy(app.database()).await;
    let fga = Fga::over(app, &database, FORGETFUL).await;
    let world = fga.world().await;
    near_and_far(&world).await;
    assert_eq!(world.post("list-objects", &question()).await.status, 200);
    let reading = first_line(&world, &proxy).await;
    proxy.cut().await;
    let message = "The service is temporarily unavailable";
    let error = json!({ "code": 14, "message": message, "details": [] });
    assert_eq!(reading.rest().await, [json!({ "error": error })]);
}

async fn a_long_stream_has_every_object_once(engine: Engine) {
    let Some(app) = TestApp::open(engine).await else {
        return absent(engine);
    };
    let database = app.database().to_owned();
    let fga = Fga::over(app, &database, FORGETFUL).await;
    let world = fga.world().await;
    let mut expected = Vec::new();
    for hundred in 0..25 {
        let object = |number| format!("document:{:04}", hundred * 100 + number);
        let objects: Vec<String> = (0..100).map(object).collect();
        let viewed = objects
            .iter()
            .map(|object| tuple("user:ann", "viewer", object));
        world.write(&viewed.collect::<Vec<_>>()).await;
        expected.extend(objects.iter().map(|object| line(object)));
    }
    let mut lines = Reading::begin(&world).await.rest().await;
    lines.sort_by_key(Json::to_string);
    assert_eq!(lines, expected);
    let whole = world.post("streamed-list-objects", &question()).await;
    assert_eq!(whole.header("transfer-encoding"), "chunked");
    assert_eq!(whole.header("content-type"), "application/json");
    assert_eq!(whole.header("cache-control"), "no-store");
    assert_eq!(whole.header("openfga-store-id"), world.store);
    assert_eq!(whole.header("openfga-authorization-model-id"), world.model);
    assert_eq!(whole.header("claviger-complete"), "", "nobody knows yet");
    assert_eq!(whole.text().lines().count(), 2_500);
}

async fn a_list_that_is_not_complete_says_why_in_its_last_line(engine: Engine) {
    let Some(fga) = Fga::open(engine).await else {
        return;
    };
    let world = super::filled(&fga).await;
    let body = json!({ "type": "document", "relation": "viewer", "user": "user:cat" });
    let reply = world.post("streamed-list-objects", &body).await;
    assert_eq!(reply.status, 200);
    assert_ne!(reply.header("claviger-complete"), "true");
    let text = reply.text();
    let lines: Vec<Json> = text
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(lines[..lines.len() - 1], [line("document:2")]);
    let error = &lines[1]["error"];
    assert_eq!(
        (&error["code"], &error["details"]),
        (&json!(2000), &json!([]))
    );
    let message = error["message"].as_str().expect("words");
    assert!(message.contains("in_hours"), "{message}");
    // Where nothing was told, the status can still say it.
    let nothing = json!({ "type": "document", "relation": "owner", "user": "user:cat",
        "contextual_tuples": { "tuple_keys": [tuple("user:cat", "nope", "document:1")] } });
    let reply = world.post("streamed-list-objects", &nothing).await;
    super::assert_refused(&reply, 400, "invalid_tuple");
}
