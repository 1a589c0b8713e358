//! Each test on each engine that is there, with a fresh database.

use std::env;
use std::net::IpAddr;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Once};
use std::time::Duration;

use store::db::{Command, Query, Row, Stmt};
use store::migrate::{self, UnknownSchema};
use store::{Db, Read, Store, Target};
use types::{Call, Clock, Cost, Deadline, Entropy, Origin, RequestId, SystemClock, SystemEntropy};
use uuid::Uuid;

/// A URL of a server, without the name of a database, whose role may create databases.
const POSTGRES: &str = "CLAVIGER_TEST_POSTGRES";

/// Connections of the pool in tests.
pub(crate) const CONNECTIONS: usize = 5;
/// Snapshots that may be open at once on `SQLite`.
pub(crate) const SNAPSHOTS: usize = 4;

/// Makes a test of each function, on one engine.
macro_rules! on_engine {
    ($module:ident $engine:ident: $($test:ident)*) => {
        mod $module {
            $(#[test]
            fn $test() {
                crate::engine::run(crate::engine::Engine::$engine, super::$test);
            })*
        }
    };
}
pub(crate) use on_engine;

/// Makes two tests of each function, one for each engine; of those behind `sqlite:` and
/// `postgres:`, which have nothing to say about the other engine, one.
macro_rules! on_both_engines {
    (
        $($both:ident),* $(,)?
        $(; sqlite: $($sqlite:ident),+ $(,)?)?
        $(; postgres: $($postgres:ident),+ $(,)?)?
    ) => {
        crate::engine::on_engine!(on_sqlite Sqlite: $($both)* $($($sqlite)+)?);
        crate::engine::on_engine!(on_postgres Postgres: $($both)* $($($postgres)+)?);
    };
}
pub(crate) use on_both_engines;

/// Makes a test of each function that asks for more of `PostgreSQL` than one fresh database.
macro_rules! on_postgres_alone {
    ($($test:ident),+ $(,)?) => {
        mod on_postgres_alone {
            $(#[test]
            fn $test() {
                if crate::engine::has_postgres() {
                    super::$test();
                }
            })+
        }
    };
}
pub(crate) use on_postgres_alone;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Engine {
    Sqlite,
    Postgres,
}

/// A database for one test, gone when dropped.
pub(crate) struct World {
    pub(crate) engine: Engine,
    pub(crate) store: Store,
    pub(crate) target: Target,
    pub(crate) home: Home,
}

/// Where the database lives.
pub(crate) enum Home {
    Folder(tempfile::TempDir),
    Database(Database),
}

/// A database on the server, dropped with the value.
pub(crate) struct Database {
    pub(crate) name: String,
}

/// Whether there is a server. Where there is none, each test says so for itself, and the first of
/// them past the capture of the test harness: half a suite must not look like a whole one.
pub(crate) fn has_postgres() -> bool {
    static SAID: Once = Once::new();
    let found = server().is_some();
    if !found {
        SAID.call_once(|| {
            say(&format!(
                "store tests run on sqlite ONLY: {POSTGRES} is not set"
            ));
        });
        println!("NOT RUN: {POSTGRES} is not set");
    }
    found
}

/// Runs a test on a fresh database of an engine, if it is there.
pub(crate) fn run(engine: Engine, test: impl AsyncFnOnce(World)) {
    if engine == Engine::Postgres && !has_postgres() {
        return;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async { test(World::migrated(engine).await).await });
}

impl World {
    /// An empty database.
    pub(crate) fn empty(engine: Engine) -> Self {
        Self::empty_with(engine, CONNECTIONS)
    }

    fn empty_with(engine: Engine, connections_max: usize) -> Self {
        let (target, home) = match engine {
            Engine::Sqlite => {
                let folder = tempfile::tempdir().unwrap();
                let path = folder.path().join("claviger.db");
                let ephemeral = false;
                (Target::Sqlite { path, ephemeral }, Home::Folder(folder))
            }
            Engine::Postgres => {
                let database = Database::create();
                (database.target(connections_max), Home::Database(database))
            }
        };
        Self {
            engine,
            store: Store::open(&target).unwrap(),
            target,
            home,
        }
    }

    /// A database with all tables.
    pub(crate) async fn migrated(engine: Engine) -> Self {
        Self::migrated_with(engine, CONNECTIONS).await
    }

    /// The same, with a pool of another size.
    pub(crate) async fn migrated_with(engine: Engine, connections_max: usize) -> Self {
        let world = Self::empty_with(engine, connections_max);
        migrate::run(&world.store, &call(), UnknownSchema::Refuse)
            .await
            .unwrap();
        world
    }

    /// The database as a call with much time sees it.
    pub(crate) fn db(&self) -> Db {
        self.store.db(&call())
    }

    /// Runs a script that both engines understand.
    pub(crate) async fn script(&self, sql: &str) {
        self.try_script(sql).await.unwrap();
    }

    /// Runs a script that may fail.
    pub(crate) async fn try_script(&self, sql: &str) -> store::Result<()> {
        self.store.script(sql.to_owned(), &call()).await
    }

    /// Runs the script for this engine.
    pub(crate) async fn script_of(&self, sqlite: &str, postgres: &str) {
        match self.engine {
            Engine::Sqlite => self.script(sqlite).await,
            Engine::Postgres => self.script(postgres).await,
        }
    }

    /// The one number that a query returns.
    pub(crate) async fn number(&self, text: &'static str) -> i64 {
        let row = self.db().row(query(text), Vec::new()).await.unwrap();
        row.unwrap().take().unwrap()
    }

    /// Where the file of `SQLite` lies.
    pub(crate) fn folder(&self) -> &Path {
        match &self.home {
            Home::Folder(folder) => folder.path(),
            Home::Database(_) => panic!("it lives on a server"),
        }
    }

    /// The database on the server.
    pub(crate) const fn database(&self) -> &Database {
        match &self.home {
            Home::Database(database) => database,
            Home::Folder(_) => panic!("it lives in a folder"),
        }
    }

    /// A second store on the same database.
    pub(crate) fn another_store(&self) -> Store {
        Store::open(&self.target).unwrap()
    }
}

impl Database {
    /// A new, empty database on the test server.
    pub(crate) fn create() -> Self {
        Self::copy("template1")
    }

    /// A copy of a database of the test server; `cargo xtask services` says which it makes.
    pub(crate) fn copy(template: &str) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("store_it_{}_{number}", std::process::id());
        administer(
            "postgres",
            &format!("CREATE DATABASE {name} TEMPLATE {template}"),
        );
        Self { name }
    }

    pub(crate) fn url(&self) -> String {
        format!("{}/{}", server().unwrap(), self.name)
    }

    pub(crate) fn target(&self, connections_max: usize) -> Target {
        Target::Postgres {
            url: self.url().into(),
            connections_max,
        }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let drop_it = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        administer("postgres", &drop_it);
    }
}

/// The test server's URL, without the name of a database.
pub(crate) fn server() -> Option<String> {
    let url = env::var(POSTGRES).ok().filter(|url| !url.is_empty());
    url.map(|url| url.trim_end_matches('/').to_owned())
}

/// Runs SQL on the test server over a connection of its own, from wherever the caller is.
pub(crate) fn administer(database: &str, sql: &str) {
    let url = format!("{}/{database}", server().unwrap());
    std::thread::scope(|scope| {
        let work = scope.spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread();
            let runtime = { runtime }.enable_all().build().unwrap();
            runtime.block_on(async {
                let connect = tokio_postgres::connect(&url, tokio_postgres::NoTls);
                let (client, connection) = connect.await.unwrap();
                tokio::select! {
                    done = client.batch_execute(sql) => done.unwrap(),
                    ended = connection => panic!("the connection ended: {ended:?}"),
                }
            });
        });
        work.join().unwrap();
    });
}

/// Asks again and again whether it is so, of somebody who tells nobody: another process, the
/// server's list of sessions. Gives up after a minute, and names what never came.
pub(crate) async fn eventually(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let gives_up = SystemClock.instant() + Duration::from_mins(1);
    let mut turn = tokio::time::interval(Duration::from_millis(10));
    while !is_so().await {
        assert!(
            SystemClock.instant() < gives_up,
            "waited for a minute, and never: {what}"
        );
        turn.tick().await;
    }
}

/// Writes past the capture of the test harness.
pub(crate) fn say(text: &str) {
    use std::io::Write;
    writeln!(std::io::stderr(), "{text}").unwrap();
}

/// A call with much time.
pub(crate) fn call() -> Call {
    call_within(Duration::from_mins(1))
}

/// A call that has to be done after `span`.
pub(crate) fn call_within(span: Duration) -> Call {
    Call {
        id: RequestId::random(&SystemEntropy),
        now: SystemClock.now(),
        deadline: Deadline::after(SystemClock.instant(), span),
        origin: Origin {
            ip: Some(IpAddr::from([192, 0, 2, 7])),
            user_agent: "test".to_owned(),
        },
        cost: Arc::new(Cost::default()),
    }
}

pub(crate) fn uuid() -> Uuid {
    SystemEntropy.uuid()
}

const fn stmt(sqlite: &'static str, postgres: &'static str) -> Stmt {
    Stmt {
        name: "test",
        sqlite,
        postgres,
        scan: None,
    }
}

pub(crate) const fn query(text: &'static str) -> Query {
    Query(stmt(text, text))
}

pub(crate) const fn query_of(sqlite: &'static str, postgres: &'static str) -> Query {
    Query(stmt(sqlite, postgres))
}

pub(crate) const fn command(text: &'static str) -> Command {
    Command(stmt(text, text))
}

/// Parameters from anything that is a value.
macro_rules! params {
    ($($value:expr),* $(,)?) => { vec![$(store::db::Value::from($value)),*] };
}
pub(crate) use params;

/// The first column of every row.
pub(crate) fn column<T: store::db::FromValue>(rows: Vec<Row>) -> Vec<T> {
    rows.into_iter()
        .map(|mut row| row.take().unwrap())
        .collect()
}
