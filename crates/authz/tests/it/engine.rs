//! Each test on each engine that is there, with a fresh database.

use std::env;
use std::io::Write;
use std::sync::Once;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use crate::tenant::call;
use store::migrate::{self, UnknownSchema};
use store::{Store, Target};
use types::{Clock, Secret, SystemClock};

/// A URL of a server, without the name of a database, whose role may create databases.
const POSTGRES: &str = "CLAVIGER_TEST_POSTGRES";
/// Connections of the pool in tests.
const CONNECTIONS: usize = 5;

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

/// Makes two tests of each function, one for each engine.
macro_rules! on_both_engines {
    ($($test:ident),* $(,)?) => {
        crate::engine::on_engine!(on_sqlite Sqlite: $($test)*);
        crate::engine::on_engine!(on_postgres Postgres: $($test)*);
    };
}
pub(crate) use on_both_engines;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Engine {
    Sqlite,
    Postgres,
}

/// A database with all tables for one test, gone when dropped.
pub(crate) struct World {
    pub(crate) store: Store,
    target: Target,
    _home: Home,
}

/// Where the database lives.
enum Home {
    Folder(#[expect(dead_code, reason = "it goes when dropped")] tempfile::TempDir),
    Database(#[expect(dead_code, reason = "it goes when dropped")] Database),
}

/// A database on the server, dropped with the value.
struct Database {
    name: String,
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

/// Whether there is a server. Where there is none, each test says so for itself, and the first of
/// them past the capture of the test harness: half a suite must not look like a whole one.
fn has_postgres() -> bool {
    static SAID: Once = Once::new();
    let found = server().is_some();
    if !found {
        SAID.call_once(|| {
            let text = format!("authz tests run on sqlite ONLY: {POSTGRES} is not set");
            writeln!(std::io::stderr(), "{text}").unwrap();
        });
        println!("NOT RUN: {POSTGRES} is not set");
    }
    found
}

impl World {
    async fn migrated(engine: Engine) -> Self {
        let (target, home) = match engine {
            Engine::Sqlite => {
                let folder = tempfile::tempdir().unwrap();
                let path = folder.path().join("claviger.db");
                let ephemeral = true;
                (Target::Sqlite { path, ephemeral }, Home::Folder(folder))
            }
            Engine::Postgres => {
                let database = Database::create();
                (database.target(), Home::Database(database))
            }
        };
        let store = Store::open(&target).unwrap();
        let call = call();
        let done = migrate::run(&store, &call, UnknownSchema::Refuse).await;
        done.unwrap();
        Self {
            store,
            target,
            _home: home,
        }
    }

    /// The same database as another server has it open.
    pub(crate) fn another_store(&self) -> Store {
        Store::open(&self.target).unwrap()
    }
}

impl Database {
    fn create() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("authz_it_{}_{number}", std::process::id());
        administer(format!("CREATE DATABASE {name} TEMPLATE template1"));
        Self { name }
    }

    fn target(&self) -> Target {
        target(&self.name, CONNECTIONS)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let name = &self.name;
        administer(format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
    }
}

/// The test server's URL, without the name of a database.
fn server() -> Option<String> {
    let url = env::var(POSTGRES).ok().filter(|url| !url.is_empty());
    url.map(|url| url.trim_end_matches('/').to_owned())
}

fn target(database: &str, connections_max: usize) -> Target {
    Target::Postgres {
        url: Secret::new(format!("{}/{database}", server().unwrap())),
        connections_max,
    }
}

/// Runs SQL on the test server over a connection of its own, from wherever the caller is.
fn administer(sql: String) {
    std::thread::scope(|scope| {
        let work = scope.spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread();
            let runtime = { runtime }.enable_all().build().unwrap();
            runtime.block_on(async {
                let admin = Store::open(&target("postgres", 1)).unwrap();
                admin.script(sql, &call()).await.unwrap();
            });
        });
        work.join().unwrap();
    });
}

/// Asks again and again whether it is so, of somebody who tells nobody. Gives up after a minute,
/// and names what never came.
pub(crate) async fn eventually(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let gives_up = SystemClock.instant() + Duration::from_mins(1);
    let mut turn = tokio::time::interval(Duration::from_millis(5));
    while !is_so().await {
        assert!(
            SystemClock.instant() < gives_up,
            "waited for a minute, and never: {what}"
        );
        turn.tick().await;
    }
}
