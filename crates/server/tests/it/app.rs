//! Real servers for tests: configured like an operator would, on a real database and real sockets,
//! with a clock that the test turns.

use server::config::{self, Config, Flags};
use server::http::serve::{ServeSettings, serve};
use server::management::Health;
use server::routes;
use server::start::{self, Built, World};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use store::{Store, Target};
use tempfile::TempDir;
use testkit::TestClock;
use tokio::net::TcpListener;
use tokio::sync::watch;
use types::{Call, Clock, Secret, SystemClock, SystemEntropy};

/// Names the PostgreSQL to test on: a URL without a database name.
pub(crate) const POSTGRES_VARIABLE: &str = "CLAVIGER_TEST_POSTGRES";

/// The engine under a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    Sqlite,
    Postgres,
}

/// Several servers over one database, each with its own configuration.
pub(crate) struct TestApp {
    engine: Engine,
    clock: TestClock,
    folder: TempDir,
    database: String,
    servers: BTreeMap<String, Running>,
    /// Turns true when the test is over.
    stop: watch::Sender<bool>,
}

/// One server that answers.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    pub(crate) built: Built,
    pub(crate) config: Config,
}

impl TestApp {
    /// An empty database; `None` when the engine is not there.
    pub(crate) async fn open(engine: Engine) -> Option<Self> {
        let folder = temporary_folder();
        let database = match engine {
            Engine::Sqlite => format!("sqlite:{}", folder.path().join("test.db").display()),
            Engine::Postgres => {
                let url = std::env::var(POSTGRES_VARIABLE).ok()?;
                create_database(&url, "template1").await
            }
        };
        Some(Self::over(engine, folder, database, SystemClock.now()))
    }

    /// The database that Supabase Auth left, a minute after it was left; `None` where there is no
    /// PostgreSQL. `cargo xtask services` makes the original.
    pub(crate) async fn adopt(left: types::Time) -> Option<Self> {
        let url = std::env::var(POSTGRES_VARIABLE).ok()?;
        let database = create_database(&url, "supabase_auth").await;
        let start = types::Time::from_unix_seconds(left.unix_seconds() + 60);
        Some(Self::over(
            Engine::Postgres,
            temporary_folder(),
            database,
            start,
        ))
    }

    fn over(engine: Engine, folder: TempDir, database: String, now: types::Time) -> Self {
        // Whole seconds: what tokens carry then equals what the database holds. The start of a
        // step of time-based codes: no story crosses into the next one.
        let now = now.unix_seconds();
        let start = types::Time::from_unix_seconds(now - now.rem_euclid(30));
        Self {
            engine,
            clock: TestClock::at(start),
            folder,
            database,
            servers: BTreeMap::new(),
            stop: watch::channel(false).0,
        }
    }

    /// Which engine is under the servers.
    pub(crate) fn engine(&self) -> Engine {
        self.engine
    }

    /// The clock of all servers.
    pub(crate) fn clock(&self) -> &TestClock {
        &self.clock
    }

    /// The server called `name`, started with these variables on its first use.
    pub(crate) async fn server(
        &mut self,
        name: &str,
        environment: &[(String, String)],
    ) -> &Running {
        let database = self.database.clone();
        self.server_on(&database, name, environment).await
    }

    /// The same, with another way to the database.
    pub(crate) async fn server_on(
        &mut self,
        database: &str,
        name: &str,
        environment: &[(String, String)],
    ) -> &Running {
        if !self.servers.contains_key(name) {
            let world = self.world();
            let running = self.start(database, name, environment, &world).await;
            self.servers.insert(name.to_owned(), running);
        }
        self.servers.get(name).expect("just inserted")
    }

    /// A server that has a clock of its own.
    pub(crate) async fn server_with(
        &mut self,
        clock: &TestClock,
        name: &str,
        environment: &[(String, String)],
    ) -> &Running {
        let world = World {
            clock: Arc::new(clock.clone()),
            ..self.world()
        };
        let database = self.database.clone();
        let running = self.start(&database, name, environment, &world).await;
        self.servers.entry(name.to_owned()).or_insert(running)
    }

    async fn start(
        &self,
        database: &str,
        name: &str,
        environment: &[(String, String)],
        world: &World,
    ) -> Running {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound listener");
        let flags = Flags {
            database: Some(database.to_owned()),
            data: Some(self.folder.path().join(name)),
            ..Flags::default()
        };
        let nothing = |_: &Path| Err(std::io::ErrorKind::NotFound.into());
        let loaded = config::load(&flags, environment.iter().cloned(), &nothing)
            .unwrap_or_else(|problems| panic!("{name}: {problems}"));
        let config = loaded.config;
        let built = start::build(&config, world)
            .await
            .unwrap_or_else(|e| panic!("{name}: {e}: {:?}", std::error::Error::source(&e)));
        let health = Health::new(built.app.clone(), built.store.clone());
        let router = routes::router(&built.app, &built.store, &health, config.mode);
        let settings = ServeSettings {
            connections_max: 1_000,
            drain_span: Duration::from_secs(5),
        };
        // Ends when the test is over: dropping the app turns `stop` true.
        spawn(serve(listener, router, settings, self.stop.subscribe()));
        Running {
            address,
            built,
            config,
        }
    }

    /// The services of a server that was started.
    pub(crate) fn app(&self, name: &str) -> &server::App {
        &self.servers.get(name).expect("it was started").built.app
    }

    /// The URL of the database.
    pub(crate) fn database(&self) -> &str {
        &self.database
    }

    /// Time and chance, as the servers know them.
    pub(crate) fn world(&self) -> World {
        World {
            clock: Arc::new(self.clock.clone()),
            entropy: Arc::new(SystemEntropy),
        }
    }

    /// A call of the test's own.
    pub(crate) fn call(&self) -> Call {
        start::own_call(&self.world(), Duration::from_secs(10))
    }

    /// The database, through any of the servers.
    pub(crate) fn store(&self) -> &Store {
        &self
            .servers
            .values()
            .next()
            .expect("a server was started")
            .built
            .store
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.stop.send_replace(true);
    }
}

/// In memory where the system has such a place: these tests wait for answers, not for disks.
fn temporary_folder() -> TempDir {
    let memory = Path::new("/dev/shm");
    let folder = if memory.is_dir() {
        TempDir::new_in(memory)
    } else {
        TempDir::new()
    };
    folder.expect("a temporary folder")
}

/// Starts a server of a test.
#[expect(
    clippy::disallowed_methods,
    reason = "the test's runtime ends it, if nothing else does"
)]
fn spawn(server: impl Future<Output = ()> + Send + 'static) {
    tokio::spawn(server);
}

/// Makes a copy of a database on the server at `url`; it goes with that server.
async fn create_database(url: &str, template: &str) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let name = format!("server_{}_{number}", std::process::id());
    let target = Target::Postgres {
        url: Secret::new(format!("{url}/postgres")),
        connections_max: 1,
    };
    let admin = Store::open(&target).expect("a PostgreSQL URL");
    let world = World {
        clock: Arc::new(SystemClock),
        entropy: Arc::new(SystemEntropy),
    };
    let call = start::own_call(&world, Duration::from_secs(30));
    admin
        .script(format!("CREATE DATABASE {name} TEMPLATE {template}"), &call)
        .await
        .expect("a new database");
    format!("{url}/{name}")
}
