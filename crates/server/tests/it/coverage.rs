//! Every route, asked by everyone: who may do what, and in which shape the others are refused.

use crate::api::{Api, Asked};
use crate::app::Engine;
use crate::engines::on_both_engines;
use crate::requests::{Request, Subject};
use serde_json::Value;
use server::gotrue;
use std::fmt::Write;

on_both_engines! {
    everyone_gets_the_documented_answer,
}

/// The header that asks for the newer shape of errors.
const VERSION_HEADER: &str = "X-Supabase-Api-Version";

/// Requests for which there is no route.
const STRAYS: &[(&str, &str)] = &[
    ("GET", "/nope"),
    ("DELETE", "/signup"),
    ("PATCH", "/user"),
    ("GET", "/user/nope"),
    ("GET", "/factors"),
    ("GET", "/admin/nope"),
    ("PATCH", "/admin/users"),
];

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Caller {
    Nobody,
    AnonKey,
    User,
    OtherUser,
    ServiceKey,
}

impl Caller {
    const ALL: [Self; 5] = [
        Self::Nobody,
        Self::AnonKey,
        Self::User,
        Self::OtherUser,
        Self::ServiceKey,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Nobody => "nobody",
            Self::AnonKey => "anon key",
            Self::User => "user",
            Self::OtherUser => "other user",
            Self::ServiceKey => "service key",
        }
    }
}

/// The matrix is kept as a snapshot. What differs from it is a change of the API: look at it, then
/// accept it with `cargo insta accept`.
async fn everyone_gets_the_documented_answer(engine: Engine) {
    let Some(api) = Api::open(engine).await else {
        return;
    };
    let mut subject = Subject::create(&api).await;
    let mut table = String::new();
    let operations = gotrue::operations();
    let routes = operations
        .iter()
        .map(|(method, path)| (method.as_str(), *path));
    for route in routes.chain(STRAYS.iter().copied()) {
        // Writing to a string cannot fail.
        let _ = writeln!(table, "{} {}", route.0, route.1);
        for caller in Caller::ALL {
            let verdict = ask(&api, &mut subject, route, caller).await;
            let _ = writeln!(table, "    {:<12}{verdict}", caller.name());
        }
    }
    insta::assert_snapshot!("who_may_do_what", table);
}

/// Asks in both versions. What has changed something is followed by a new user, so that no answer
/// depends on another.
async fn ask(api: &Api, subject: &mut Subject, route: (&str, &str), caller: Caller) -> String {
    let (method, path) = route;
    let mut verdicts = Vec::new();
    for version in ["", "2024-01-01"] {
        let token = token(api, subject, caller).await;
        let mut asked = if STRAYS.contains(&route) {
            Asked::json(method, path, &token, &Value::Null)
        } else {
            Request::of(method, path, subject).by(method, &token)
        };
        if !version.is_empty() {
            let header = (VERSION_HEADER.to_owned(), version.to_owned());
            asked.headers.push(header);
        }
        let answer = api.send(&asked).await;
        let what = format!("{method} {path} as {}", caller.name());
        answer.check_shape(version, &what);
        if method != "GET" && answer.status() < 300 {
            *subject = Subject::create(api).await;
        }
        verdicts.push(answer.verdict());
    }
    let [old, new] = verdicts.as_slice() else {
        panic!("two versions")
    };
    assert_eq!(old, new, "{method} {path}");
    old.clone()
}

async fn token(api: &Api, subject: &Subject, caller: Caller) -> String {
    match caller {
        Caller::Nobody => String::new(),
        Caller::AnonKey => api.anon_key.clone(),
        Caller::User => subject.user.access_token.clone(),
        Caller::OtherUser => api.sign_in().await.access_token,
        Caller::ServiceKey => api.service_key.clone(),
    }
}
