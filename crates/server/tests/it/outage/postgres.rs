//! PostgreSQL stopped, and PostgreSQL that says nothing.

use super::{Person, assert_unavailable, can_sign_in, start, status};
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
    _app: TestApp,
    proxy: Proxy,
    address: SocketAddr,
    person: Person,
}

impl Broken {
    /// `None` when PostgreSQL is not there.
    async fn open() -> Option<Self> {
        let Some(mut app) = TestApp::open(Engine::Postgres).await else {
            absent(Engine::Postgres);
            return None;
        };
        let (proxy, database) = through_proxy(app.database()).await;
        let address = start(&mut app, &database, &[]).await;
        let person = Person::registered(address, "ada@example.com").await;
        Some(Self {
            _app: app,
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
        assert_eq!(status(self.address, "/readyz").await, 200);
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
    let Some(broken) = Broken::open().await else {
        return;
    };
    for _ in 0..2 {
        broken.proxy.cut().await;
        for (what, reply) in broken.ask_all().await {
            assert_unavailable(&reply, what);
        }
        assert_eq!(status(broken.address, "/readyz").await, 503);
        assert_eq!(status(broken.address, "/livez").await, 200);
        broken.proxy.mend().await;
        assert_eq!(status(broken.address, "/readyz").await, 200);
        assert!(can_sign_in(broken.address, &broken.person).await);
    }
    broken.works().await;
}

/// Requests that wait for the database several times, one after the other, still end at the one
/// deadline. Twice the deadline would be two waits.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_silent_database_is_answered_with_503_at_the_one_deadline() {
    let Some(broken) = Broken::open().await else {
        return;
    };
    broken.proxy.stall().await;
    let started = SystemClock.instant();
    let replies = broken.ask_all().await;
    let took = SystemClock.instant() - started;
    for (what, reply) in replies {
        assert_unavailable(&reply, what);
    }
    assert!(took >= REQUEST_SPAN && took < 2 * REQUEST_SPAN, "{took:?}");
    assert_eq!(status(broken.address, "/livez").await, 200);
    assert_eq!(status(broken.address, "/readyz").await, 503);
    broken.proxy.mend().await;
    // What the stall has held back arrives now; "late" may have been registered by it.
    assert!(can_sign_in(broken.address, &broken.person).await);
    let reply = get_user(&broken.person.access_token)
        .send(broken.address)
        .await;
    assert_eq!(reply.expect("an answer").status, 200);
    let reply = refresh(&broken.person.refresh_token)
        .send(broken.address)
        .await;
    let reply = reply.expect("an answer");
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert_eq!(status(broken.address, "/readyz").await, 200);
}
