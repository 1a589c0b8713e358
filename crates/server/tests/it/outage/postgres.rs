//! PostgreSQL stopped, and PostgreSQL that says nothing.

use super::{Person, assert_unavailable, can_sign_in, readiness, start, status};
use crate::app::{Engine, TestApp};
use crate::engines::{absent, get_user, refresh, sign_in, sign_up};
use std::net::SocketAddr;
use testkit::http::{Reply, Request};
use testkit::proxy::Proxy;
use tokio::task::JoinSet;
use types::limits::REQUEST_SPAN;
use types::{Clock, SystemClock};

/// A server whose line to PostgreSQL can be broken.
struct Broken {
    app: TestApp,
    proxy: Proxy,
    address: SocketAddr,
    person: Person,
}

impl Broken {
    /// `None` when PostgreSQL is not there.
    async fn open(settings: &[(&str, &str)]) -> Option<Self> {
        let Some(mut app) = TestApp::open(Engine::Postgres).await else {
            absent(Engine::Postgres);
            return None;
        };
        let (proxy, database) = through_proxy(app.database()).await;
        let address = start(&mut app, &database, settings).await;
        let person = Person::registered(address, "ada@example.com").await;
        Some(Self {
            app,
            proxy,
            address,
            person,
        })
    }

    /// One of each operation that needs the database, with its name.
    fn requests(&self) -> Vec<(&'static str, Request)> {
        vec![
            ("sign-in", sign_in(&self.person.email)),
            ("unknown user", sign_in("nobody@example.com")),
            ("sign-up", sign_up("late@example.com")),
            ("refresh", refresh(&self.person.refresh_token)),
            ("user", get_user(&self.person.access_token)),
        ]
    }

    async fn ask_all(&self) -> Vec<(&'static str, Reply)> {
        let mut asking = JoinSet::new();
        for (what, request) in self.requests() {
            let address = self.address;
            asking.spawn(async move { (what, request.send(address).await.expect("an answer")) });
        }
        asking.join_all().await
    }

    /// Nothing that was asked for in vain has had an effect, and everything works.
    async fn works(&self) {
        assert_eq!(readiness(&self.app, self.address).await, 200);
        for (what, request) in self.requests() {
            let reply = request.send(self.address).await.expect("an answer");
            let expected = if what == "unknown user" { 400 } else { 200 };
            assert_eq!(reply.status, expected, "{what}: {}", reply.text());
        }
        assert!(can_sign_in(self.address, &self.person).await);
    }
}

/// A proxy in front of the server that a URL names, and the URL that leads through it.
pub(crate) async fn through_proxy(database: &str) -> (Proxy, String) {
    let (_, rest) = database.split_once('@').expect("a URL with a user");
    let (server, _) = rest.split_once('/').expect("a URL with a database");
    let proxy = Proxy::start(server.parse().expect("an address")).await;
    let proxy = proxy.expect("a free port");
    let through = database.replace(server, &proxy.address().to_string());
    (proxy, through)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stopped_database_is_answered_with_503_and_works_again_without_a_restart() {
    let Some(broken) = Broken::open(&[]).await else {
        return;
    };
    for _ in 0..2 {
        broken.proxy.cut().await;
        for (what, reply) in broken.ask_all().await {
            assert_unavailable(&reply, what);
        }
        assert_eq!(readiness(&broken.app, broken.address).await, 503);
        assert_eq!(status(broken.address, "/livez").await, 200);
        broken.proxy.mend().await;
        assert_eq!(readiness(&broken.app, broken.address).await, 200);
        assert!(can_sign_in(broken.address, &broken.person).await);
    }
    broken.works().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_silent_database_is_answered_with_503_at_the_deadline() {
    let Some(broken) = Broken::open(&[]).await else {
        return;
    };
    broken.proxy.stall().await;
    for (what, reply) in broken.ask_all().await {
        assert_unavailable(&reply, what);
    }
    assert_eq!(status(broken.address, "/livez").await, 200);
    assert_eq!(readiness(&broken.app, broken.address).await, 503);
    broken.proxy.mend().await;
    // What the stall has held back arrives now; "late" may have been registered by it.
    assert!(can_sign_in(broken.address, &broken.person).await);
    let user = get_user(&broken.person.access_token);
    let user = user.send(broken.address).await.expect("an answer");
    assert_eq!(user.status, 200);
    let session = refresh(&broken.person.refresh_token);
    let session = session.send(broken.address).await.expect("an answer");
    assert_eq!(session.status, 200, "{}", session.text());
    assert_eq!(readiness(&broken.app, broken.address).await, 200);
}

/// A sign-up waits for the database twice, and both waits are cut by the one deadline: the first
/// takes most of it, and the second must end with it, not when its own time would be over.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_waits_of_one_request_do_not_add_up() {
    // One connection, on which every statement has been prepared.
    let single = [("CLAVIGER_DATABASE_CONNECTIONS_MAX", "1")];
    let Some(broken) = Broken::open(&single).await else {
        return;
    };
    broken.proxy.stall().await;
    let started = SystemClock.instant();
    let address = broken.address;
    let mut asking = JoinSet::new();
    asking.spawn(async move { sign_up("late@example.com").send(address).await });
    let first_wait = (started + REQUEST_SPAN * 3 / 4).into();
    let early = tokio::time::timeout_at(first_wait, asking.join_next()).await;
    assert!(early.is_err(), "the first wait is not over: {early:?}");
    broken.proxy.mend_for_one_answer().await;
    let reply = asking
        .join_next()
        .await
        .expect("it was asked")
        .expect("no panic");
    let took = SystemClock.instant() - started;
    assert_unavailable(&reply.expect("an answer"), "sign-up");
    let added_up = REQUEST_SPAN * 3 / 4 + REQUEST_SPAN;
    assert!(took >= REQUEST_SPAN && took < added_up, "{took:?}");
}
