//! What stands in between or is too old is refused at the start, by name and with advice.

use crate::cluster::Server;
use crate::engine::{Database, call, on_postgres_alone, say, server};
use store::migrate::{self, UnknownSchema};
use store::{Error, Result, Store, Target};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

on_postgres_alone!(
    server_itself_passes,
    transaction_pooler_is_refused_by_name,
    session_pooler_passes,
    statement_pooler_is_refused,
);

/// The port of a `PgBouncer` in transaction mode, in front of the test server.
const PGBOUNCER: &str = "CLAVIGER_TEST_PGBOUNCER";

fn block_on(work: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.enable_all().build().unwrap();
    runtime.block_on(work);
}

async fn check(port: u16, database: &str) -> Result<()> {
    let target = Target::Postgres {
        url: format!("postgres://postgres@127.0.0.1:{port}/{database}").into(),
        connections_max: 1,
    };
    let store = Store::open(&target)?;
    let checked = store.check(&call()).await;
    let migrated = migrate::run(&store, &call(), UnknownSchema::Refuse).await;
    assert_eq!(
        checked.is_ok(),
        migrated.is_ok(),
        "no start goes past the check"
    );
    checked
}

#[track_caller]
fn assert_refused(outcome: Result<()>, words: &[&str]) {
    let Err(Error::Unusable(reason)) = outcome else {
        panic!("{outcome:?}");
    };
    for word in words {
        assert!(reason.contains(word), "{reason}");
    }
}

fn server_itself_passes() {
    let database = Database::create();
    block_on(async { check(server_port(), &database.name).await.unwrap() });
}

fn transaction_pooler_is_refused_by_name() {
    let database = Database::create();
    let given = std::env::var(PGBOUNCER)
        .ok()
        .and_then(|port| port.parse().ok());
    let own = if given.is_none() {
        Server::pgbouncer("transaction", server_port())
    } else {
        None
    };
    let Some(port) = given.or(own.as_ref().map(|pooler| pooler.port)) else {
        return say("NOT RUN, no PgBouncer: transaction_pooler_is_refused_by_name");
    };
    block_on(async {
        let words = ["PgBouncer in transaction mode", "session mode"];
        assert_refused(check(port, &database.name).await, &words);
    });
}

fn session_pooler_passes() {
    let database = Database::create();
    let Some(pooler) = Server::pgbouncer("session", server_port()) else {
        return say("NOT RUN, no PgBouncer: session_pooler_passes");
    };
    block_on(async { check(pooler.port, &database.name).await.unwrap() });
}

fn statement_pooler_is_refused() {
    let database = Database::create();
    let Some(pooler) = Server::pgbouncer("statement", server_port()) else {
        return say("NOT RUN, no PgBouncer: statement_pooler_is_refused");
    };
    block_on(async { assert_refused(check(pooler.port, &database.name).await, &["PgBouncer"]) });
}

#[test]
fn old_server_is_refused_with_the_reason() {
    block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut clients = JoinSet::new();
            loop {
                let (client, _) = listener.accept().await.unwrap();
                clients.spawn(old_server(client));
            }
        });
        let words = ["PostgreSQL 13", "security", "14 or newer"];
        assert_refused(check(port, "any").await, &words);
    });
}

/// As much of the protocol as it takes to say one's version
/// (<https://www.postgresql.org/docs/current/protocol-message-formats.html>).
async fn old_server(mut client: TcpStream) {
    const TLS: [u8; 4] = 80_877_103_u32.to_be_bytes();
    const READY: &[u8] = b"Z\0\0\0\x05I";
    while message(&mut client)
        .await
        .is_some_and(|message| message == TLS)
    {
        client.write_all(b"N").await.unwrap();
    }
    client.write_all(b"R\0\0\0\x08\0\0\0\0").await.unwrap();
    client.write_all(READY).await.unwrap();
    while let Ok(b'Q') = client.read_u8().await {
        if message(&mut client).await.is_none() {
            return;
        }
        let mut answer = Vec::new();
        answer.extend(b"T\0\0\0\x1a\0\x01v\0\0\0\0\0\0\0\0\0\0\x19\xff\xff\xff\xff\xff\xff\0\0");
        answer.extend(b"D\0\0\0\x10\0\x01\0\0\0\x06130022");
        answer.extend(b"C\0\0\0\x09SHOW\0");
        answer.extend(READY);
        client.write_all(&answer).await.unwrap();
    }
}

/// The body of a message whose first byte, if it has one, was read.
async fn message(client: &mut TcpStream) -> Option<Vec<u8>> {
    let length = usize::try_from(client.read_u32().await.ok()?).unwrap();
    let mut body = vec![0; length - 4];
    client.read_exact(&mut body).await.ok()?;
    Some(body)
}

fn server_port() -> u16 {
    let config: tokio_postgres::Config = server().unwrap().parse().unwrap();
    config.get_ports().first().copied().unwrap_or(5432)
}
