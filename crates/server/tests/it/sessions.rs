//! Sessions from their continuation to their end, on a real database: what a golden recording
//! cannot show, such as costs, races, outages and what is left in the tables.

mod authorize;
mod budgets;
mod commits;
mod exchange;
mod outage;
mod races;
mod refresh;

use crate::app::{Engine, TestApp};
use crate::engines::{absent, asked, settings};
use authn::{Authn, Error, Issued, Refusal, Trace};
use serde_json::{Map, Value as Json};
use std::sync::Arc;
use std::time::Duration;
use store::db::{FromValue, Query, Stmt};
use store::{Read, Store};
use types::{Call, Cost};

/// What every server of these tests is configured with.
const ENVIRONMENT: &[(&str, &str)] = &[
    ("API_EXTERNAL_URL", "http://auth.example.test"),
    ("GOTRUE_SITE_URL", "http://app.example.test"),
    ("GOTRUE_JWT_SECRET", "a-secret-of-at-least-thirty-two-bytes"),
    ("GOTRUE_JWT_AUD", "authenticated"),
    ("GOTRUE_JWT_DEFAULT_GROUP_NAME", "authenticated"),
    ("GOTRUE_EXTERNAL_ANONYMOUS_USERS_ENABLED", "true"),
    ("GOTRUE_SECURITY_REFRESH_TOKEN_REUSE_INTERVAL", "3"),
];

/// Longer than the reuse interval.
const PAST_REUSE: Duration = Duration::from_secs(4);

/// The usual variables and further ones.
fn environment(further: &[(&str, &str)]) -> Vec<(String, String)> {
    settings(&[ENVIRONMENT, further].concat())
}

/// One server on a database of its own.
struct Stage {
    app: TestApp,
    authn: Authn,
}

impl Stage {
    /// A server with these variables beside the usual ones; `None` when the engine is not there.
    async fn open(engine: Engine, further: &[(&str, &str)]) -> Option<Self> {
        let Some(mut app) = TestApp::open(engine).await else {
            absent(engine);
            return None;
        };
        let variables = environment(further);
        let authn = app.server("one", &variables).await.built.app.authn.clone();
        Some(Self { app, authn })
    }

    /// A server whose new sessions have tokens of the second generation.
    async fn of_second_generation(engine: Engine) -> Option<Self> {
        let second = ("GOTRUE_SECURITY_REFRESH_TOKEN_ALGORITHM_VERSION", "2");
        Self::open(engine, &[second]).await
    }

    fn engine(&self) -> Engine {
        self.app.engine()
    }

    fn call(&self) -> Call {
        self.app.call()
    }

    fn store(&self) -> &Store {
        self.app.store()
    }

    fn advance(&self, span: Duration) {
        self.app.clock().advance(span);
    }

    /// A new user with a session.
    async fn sign_in(&self) -> Issued {
        self.sign_in_as(Map::new()).await
    }

    /// A new user with this metadata, with a session.
    async fn sign_in_as(&self, data: Map<String, Json>) -> Issued {
        let call = self.call();
        let asked = asked();
        let signed_in = self.authn.sign_up_anonymously(&call, &asked, data);
        signed_in.await.expect("a session")
    }

    async fn refresh(&self, token: &str) -> Result<Issued, Error> {
        self.authn.refresh(&self.call(), token).await
    }

    /// The refusal of a token, and whom it concerns.
    async fn refusal(&self, token: &str) -> (Refusal, Trace) {
        match self.refresh(token).await {
            Ok(_) => panic!("the token was honoured"),
            Err(Error::Refused(refusal)) => (refusal, Trace::default()),
            Err(Error::RefusedSession { refusal, trace }) => (refusal, *trace),
            Err(error) => panic!("failed: {error}: {:?}", std::error::Error::source(&error)),
        }
    }

    /// What a call of this kind costs.
    async fn cost<F: Future<Output = Result<Issued, Error>>>(
        &self,
        work: impl FnOnce(Call) -> F,
    ) -> Arc<Cost> {
        let call = self.call();
        let cost = Arc::clone(&call.cost);
        work(call).await.expect("an answer");
        cost
    }

    /// The one value that a query finds.
    async fn value<T: FromValue>(&self, sql: &'static str) -> T {
        let query = Query(Stmt {
            name: "test",
            sqlite: sql,
            postgres: sql,
            scan: Some("a test"),
        });
        let mut db = self.store().db(&self.call());
        let row = db.row(query, Vec::new()).await.expect(sql);
        row.expect(sql).take().expect(sql)
    }

    async fn execute(&self, sql: &str) {
        let outcome = self.store().script(sql.to_owned(), &self.call()).await;
        assert!(outcome.is_ok(), "{sql}: {outcome:?}");
    }
}
