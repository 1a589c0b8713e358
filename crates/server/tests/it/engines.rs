//! Each test on each engine that is there, and the requests that most of them send.

use crate::app::Engine;
use authn::Asked;
use authn::signup::Signup;
use serde_json::json;
use std::io::Write;
use testkit::http::Request;
use types::Secret;

pub(crate) const PASSWORD: &str = "correct-horse-1";

/// Runs functions of one argument, the engine, as tests on both.
macro_rules! on_both_engines {
    ($($test:ident),* $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                super::$test(crate::app::Engine::Sqlite).await;
            })*
        }

        mod on_postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                super::$test(crate::app::Engine::Postgres).await;
            })*
        }
    };
}
pub(crate) use on_both_engines;

/// Says that a test had nothing to run on, past the capture of the test harness: half a suite must
/// not look like a whole one.
pub(crate) fn absent(engine: Engine) {
    let thread = std::thread::current();
    let test = thread.name().unwrap_or_default();
    writeln!(std::io::stderr(), "NOT RUN, no {engine:?}: {test}").expect("standard error");
}

/// Variables with their values, as a server is started with them.
pub(crate) fn settings(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    pairs.iter().map(owned).collect()
}

/// What a request for the ordinary audience carries beside its body.
pub(crate) fn asked() -> Asked {
    Asked {
        audience: "authenticated".to_owned(),
        ..Asked::default()
    }
}

/// A registration as the flows take it.
pub(crate) fn signup(email: &str) -> Signup {
    Signup {
        email: email.to_owned(),
        phone: String::new(),
        password: Secret::new(PASSWORD.to_owned()),
        data: serde_json::Map::new(),
        channel: String::new(),
        challenge: None,
        profile: None,
    }
}

pub(crate) fn sign_up(email: &str) -> Request {
    Request::post("/auth/v1/signup").json(&json!({ "email": email, "password": PASSWORD }))
}

pub(crate) fn sign_in(email: &str) -> Request {
    Request::post("/auth/v1/token?grant_type=password")
        .json(&json!({ "email": email, "password": PASSWORD }))
}

pub(crate) fn refresh(token: &str) -> Request {
    Request::post("/auth/v1/token?grant_type=refresh_token")
        .json(&json!({ "refresh_token": token }))
}

pub(crate) fn get_user(token: &str) -> Request {
    Request::get("/auth/v1/user").bearer(token)
}
