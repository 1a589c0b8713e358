//! Hostile requests to every route: each gets an answer in the API's own shape, none a failure of
//! the server, and nothing is stored that should not be.

mod parts;
mod stored;

use crate::api::{Answer, Api, Asked};
use crate::app::Engine;
use crate::engines::on_both_engines;
use crate::requests::{Request, Subject};
use parts::bodies_and_queries_of_too_many_parts_are_refused;
use serde_json::{Map, Value, json};
use server::gotrue;
use std::fmt::Write;
use stored::nothing_bad_is_stored;

on_both_engines! {
    bodies_that_are_no_objects_are_refused,
    bodies_that_are_too_large_or_too_deep_are_refused,
    bodies_and_queries_of_too_many_parts_are_refused,
    fields_of_wrong_types_are_refused,
    hostile_texts_in_fields_do_no_harm,
    hostile_paths_and_queries_are_refused,
    hostile_headers_do_no_harm,
}

/// A body larger than any route reads.
const TOO_LARGE_BYTES: usize = (1 << 20) + 1;

/// Texts that have broken others.
fn hostile_texts() -> Vec<String> {
    let mut texts: Vec<String> = [
        "a\r\nBcc: victim@example.test",
        "a\0b",
        "\u{7f}\u{1b}[31m",
        "\u{202e}\u{feff}\u{fffd}",
        "'; DROP TABLE users; --",
        "%_\\",
        "<script>alert(1)</script>",
        "../../etc/passwd",
        "00000000-0000-0000-0000-000000000000",
    ]
    .map(str::to_owned)
    .into();
    texts.push("x".repeat(10_000));
    texts.push("\u{1f4a5}".repeat(10_000));
    texts.push(format!("{}@example.test", "a".repeat(10_000)));
    texts
}

/// One server under attack, and the user who is attacked.
struct Attack<'a> {
    api: &'a Api,
    subject: Subject,
}

impl<'a> Attack<'a> {
    async fn new(api: &'a Api) -> Self {
        let subject = Subject::create(api).await;
        Self { api, subject }
    }

    /// Method, path and the good request of every route.
    fn routes(&self) -> Vec<(String, Request)> {
        let operations = gotrue::operations().into_iter();
        operations
            .map(|(method, path)| {
                let request = Request::of(method.as_str(), path, &self.subject);
                (method.to_string(), request)
            })
            .collect()
    }

    /// What the owner of the route sends, with another body.
    fn with_body(&self, method: &str, request: &Request, body: Vec<u8>) -> Asked {
        let token = request.token(self.api, &self.subject);
        Asked {
            body,
            ..request.by(method, &token)
        }
    }

    /// Sends and looks at the answer; where something may have changed, another user is next.
    async fn send(&mut self, asked: &Asked, attack: &str) -> Answer {
        let answer = self.api.send(asked).await;
        let what = format!("{} {} with {attack}", asked.method, asked.path);
        let what: String = what.chars().take(200).collect();
        answer.check_shape("", &what);
        if asked.method != "GET" && answer.status() < 300 {
            self.subject = Subject::create(self.api).await;
        }
        answer
    }
}

async fn bodies_that_are_no_objects_are_refused(engine: Engine) {
    let Some(api) = Api::open(engine).await else {
        return;
    };
    let mut attack = Attack::new(&api).await;
    for (at, _) in attack.routes().iter().enumerate() {
        for body in [
            "{",
            "nope",
            "[]",
            "\"x\"",
            "1",
            "{} x",
            "{\"a\":}",
            "\u{feff}{}",
            "\\",
        ] {
            // Made anew: the last answer may have been followed by another user.
            let (method, request) = attack.routes().swap_remove(at);
            if request.body.is_null() {
                break;
            }
            let asked = attack.with_body(&method, &request, body.as_bytes().to_vec());
            let answer = attack.send(&asked, body).await;
            // Challenges need no body and look at none.
            if !asked.path.ends_with("/challenge") {
                assert_eq!(answer.verdict(), "400 bad_json", "{} {body}", asked.path);
            }
        }
    }
}

async fn bodies_that_are_too_large_or_too_deep_are_refused(engine: Engine) {
    let Some(api) = Api::open(engine).await else {
        return;
    };
    let mut attack = Attack::new(&api).await;
    let large = format!("{{\"a\":\"{}\"}}", "x".repeat(TOO_LARGE_BYTES));
    let lists = format!("{{\"a\":{}", "[".repeat(100_000));
    let objects = "{\"a\":".repeat(100_000);
    let closed = format!(
        "{{\"data\":{}{}}}",
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    for (at, _) in attack.routes().iter().enumerate() {
        let bodies = [
            (&large, "413 request_entity_too_large"),
            (&lists, "400 bad_json"),
            (&objects, "400 bad_json"),
            (&closed, "400 bad_json"),
        ];
        for (body, verdict) in bodies {
            let (method, request) = attack.routes().swap_remove(at);
            if request.body.is_null() {
                break;
            }
            let asked = attack.with_body(&method, &request, body.clone().into_bytes());
            let answer = attack.send(&asked, verdict).await;
            if !asked.path.ends_with("/challenge") || answer.status() == 413 {
                assert_eq!(answer.verdict(), verdict, "{}", asked.path);
            }
        }
    }
}

async fn fields_of_wrong_types_are_refused(engine: Engine) {
    let Some(api) = Api::open(engine).await else {
        return;
    };
    let mut attack = Attack::new(&api).await;
    let wrong = [
        "true",
        "-1",
        "1.5",
        "1e400",
        "[]",
        "{}",
        "\"\"",
        "null",
        "\"\\ud800\"",
    ];
    for (at, name) in fields(&attack) {
        for value in wrong {
            let (method, request) = attack.routes().swap_remove(at);
            let body = replace(&request.body, &name, value);
            let asked = attack.with_body(&method, &request, body);
            attack.send(&asked, &format!("{name}: {value}")).await;
        }
    }
    nothing_bad_is_stored(&api).await;
}

async fn hostile_texts_in_fields_do_no_harm(engine: Engine) {
    let Some(api) = Api::open(engine).await else {
        return;
    };
    let mut attack = Attack::new(&api).await;
    for (at, name) in fields(&attack) {
        for text in hostile_texts() {
            let (method, request) = attack.routes().swap_remove(at);
            let value = match &request.body[&name] {
                Value::Object(_) => json!({"key": text, text.as_str(): 1}),
                _ => json!(text),
            };
            let body = replace(&request.body, &name, &value.to_string());
            let asked = attack.with_body(&method, &request, body);
            let answer = attack.send(&asked, &format!("{name}: {text:?}")).await;
            if text.contains('\0') {
                assert_eq!(
                    answer.verdict(),
                    "400 validation_failed",
                    "{name} of {}",
                    asked.path
                );
            }
        }
    }
    nothing_bad_is_stored(&api).await;
}

async fn hostile_paths_and_queries_are_refused(engine: Engine) {
    let Some(api) = Api::open(engine).await else {
        return;
    };
    let mut attack = Attack::new(&api).await;
    let numbers = [
        "0",
        "-1",
        "1e9",
        "9223372036854775807",
        "18446744073709551615",
        "99999999999999999999",
    ];
    let texts = hostile_texts()
        .into_iter()
        .chain(numbers.map(str::to_owned));
    let texts = texts.map(|text| escape(&text));
    // What is longer is refused before it is a request.
    let texts: Vec<String> = texts.filter(|text| text.len() < 40_000).collect();
    for (at, (method, path)) in gotrue::operations().into_iter().enumerate() {
        for text in &texts {
            let (_, request) = attack.routes().swap_remove(at);
            let plain = request
                .path
                .split('?')
                .next()
                .unwrap_or_default()
                .to_owned();
            let mut paths = Vec::new();
            if path.contains('{') {
                let (before, after) = path.split_once('{').unwrap_or_default();
                let after = after.split_once('}').map_or("", |(_, after)| after);
                paths.push(format!("{before}{text}{}", after.replace(['{', '}'], "")));
            }
            let query = request.path.split_once('?').map_or("", |(_, query)| query);
            let pairs: Vec<&str> = query.split('&').filter(|pair| !pair.is_empty()).collect();
            for (position, pair) in pairs.iter().enumerate() {
                let mut changed: Vec<String> = pairs.iter().map(|&pair| pair.to_owned()).collect();
                let name = pair.split('=').next().unwrap_or_default();
                changed[position] = format!("{name}={text}");
                paths.push(format!("{plain}?{}", changed.join("&")));
            }
            for path in paths {
                let token = request.token(attack.api, &attack.subject);
                let asked = Asked::json(method.as_str(), &path, &token, &request.body);
                attack.send(&asked, "a hostile path or query").await;
            }
        }
    }
    nothing_bad_is_stored(&api).await;
}

async fn hostile_headers_do_no_harm(engine: Engine) {
    let Some(api) = Api::open(engine).await else {
        return;
    };
    let mut attack = Attack::new(&api).await;
    let long = "x".repeat(10_000);
    let headers = [
        ("X-JWT-AUD", long.as_str()),
        ("X-Supabase-Api-Version", "2023-99-99"),
        ("redirect_to", "javascript:alert(1)"),
        ("redirect_to", long.as_str()),
        ("Referer", "http://evil.example/\\@app.example.test"),
        ("User-Agent", long.as_str()),
        ("apikey", long.as_str()),
        ("Authorization", "Bearer ..."),
        ("Content-Type", "application/x-www-form-urlencoded"),
        ("X-Forwarded-For", "1, 2, 3"),
    ];
    for (at, _) in attack.routes().iter().enumerate() {
        for (name, value) in headers {
            let (method, request) = attack.routes().swap_remove(at);
            let token = request.token(attack.api, &attack.subject);
            let mut asked = request.by(&method, &token);
            asked
                .headers
                .retain(|(other, _)| !other.eq_ignore_ascii_case(name));
            asked.headers.push((name.to_owned(), value.to_owned()));
            attack.send(&asked, name).await;
        }
    }
    nothing_bad_is_stored(&api).await;
}

/// The fields of every body: the position of the route, and the name.
fn fields(attack: &Attack<'_>) -> Vec<(usize, String)> {
    let routes = attack.routes().into_iter().enumerate();
    routes
        .flat_map(|(at, (_, request))| {
            let names = request
                .body
                .as_object()
                .map(Map::keys)
                .into_iter()
                .flatten();
            let names: Vec<String> = names.cloned().collect();
            names.into_iter().map(move |name| (at, name))
        })
        .collect()
}

/// The body with another value, written as it stands, for one field.
fn replace(body: &Value, name: &str, value: &str) -> Vec<u8> {
    let members = body.as_object().expect("an object").iter();
    let members: Vec<String> = members
        .map(|(key, old)| {
            let old = old.to_string();
            format!("{}:{}", json!(key), if key == name { value } else { &old })
        })
        .collect();
    format!("{{{}}}", members.join(",")).into_bytes()
}

/// Every byte percent-encoded.
fn escape(text: &str) -> String {
    let mut escaped = String::new();
    for byte in text.bytes() {
        // Writing to a string cannot fail.
        let _ = write!(escaped, "%{byte:02X}");
    }
    escaped
}
