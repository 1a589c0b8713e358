//! How many connections a flood of requests opens.

use super::postgres::through_proxy;
use super::{Person, SETTINGS, start};
use crate::app::{Engine, TestApp};
use crate::engines::{absent, get_user, settings};
use futures_util::FutureExt;
use server::management::Health;
use std::time::Duration;
use store::Store;
use tokio::task::JoinSet;
use types::Call;

const REQUESTS: usize = 1_000;
const CONNECTIONS: usize = 4;

/// What a query says, through the only door that lets a text out of a script.
async fn asked(store: &Store, call: &Call, query: &str) -> String {
    let script = format!("DO $$ BEGIN RAISE EXCEPTION '%', ({query}); END $$");
    match store.script(script, call).await {
        Err(store::Error::Raised(raised)) => raised.message.clone(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_requests_share_the_connections_of_one_pool() {
    let Some(mut app) = TestApp::open(Engine::Postgres).await else {
        return absent(Engine::Postgres);
    };
    let (proxy, database) = through_proxy(app.database()).await;
    let database = format!("{database}?application_name=claviger-pool-test");
    let size = CONNECTIONS.to_string();
    let settings = [
        ("CLAVIGER_DATABASE_CONNECTIONS_MAX", size.as_str()),
        ("CLAVIGER_HTTP_REQUEST_DEADLINE", "60s"),
    ];
    let address = start(&mut app, &database, &settings).await;
    // Connections of the start's own checks are closed again.
    let before = proxy.accepted();
    let person = Person::registered(address, "ada@example.com").await;
    let mut asking = JoinSet::new();
    for _ in 0..REQUESTS {
        let request = get_user(&person.access_token);
        asking.spawn(async move { request.send(address).await.map(|reply| reply.status) });
    }
    let statuses = asking.join_all().await;
    let answered = statuses.iter().filter(|status| matches!(status, Ok(200)));
    assert_eq!(answered.count(), REQUESTS, "{statuses:?}");
    let opened = proxy.accepted() - before;
    assert!(opened <= CONNECTIONS, "{opened} connections were opened");
    // The pool keeps what it has opened, so that the count now is the most there were.
    let query = "SELECT count(*) FROM pg_stat_activity \
        WHERE application_name = 'claviger-pool-test' AND datname = current_database()";
    let call = server::start::own_call(&app.world(), Duration::from_secs(30));
    let there: usize = asked(app.store(), &call, query)
        .await
        .parse()
        .expect("a count");
    assert!(
        (1..=CONNECTIONS).contains(&there),
        "{there} connections are open"
    );
}

/// Whoever asks whether the server is ready and hangs up takes nothing from anybody.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_abandoned_readiness_check_keeps_no_connection() {
    let Some(mut app) = TestApp::open(Engine::Postgres).await else {
        return absent(Engine::Postgres);
    };
    let database = app.database().to_owned();
    let single = [("CLAVIGER_DATABASE_CONNECTIONS_MAX", "1")];
    let settings = settings(&[SETTINGS, &single].concat());
    let running = app.server_on(&database, "outage", &settings).await;
    let health = Health::new(running.built.app.clone(), running.built.store.clone());
    let mut asking = Box::pin(health.ready());
    assert!(asking.as_mut().now_or_never().is_none(), "it takes longer");
    drop(asking);
    Person::registered(running.address, "ada@example.com").await;
}
