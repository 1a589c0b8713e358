//! The databases that worlds are stored in, and how a world comes there.

use crate::Result;
use crate::sample::seconds;
use crate::world::{MODEL, World};
use authz::{Authz, Consistency, Scope, Settings};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use store::tuples::Author;
use store::{Store, Target, migrate};
use types::{
    Call, Clock, Cost, Deadline, Origin, RequestId, Secret, StoreId, SystemClock, SystemEntropy,
};

/// Connections to `PostgreSQL`: those of a small server.
const CONNECTIONS_MAX: usize = 16;
/// No step takes so long.
const LONG: Duration = Duration::from_secs(3_600);

/// A database with a world in it.
#[derive(Debug)]
pub(crate) struct Database {
    pub(crate) engine: &'static str,
    target: Target,
    /// How a server is told where it is.
    pub(crate) setting: String,
    pub(crate) store: StoreId,
    /// Seconds that storing all tuples has taken.
    pub(crate) import_seconds: f64,
}

impl Database {
    /// Makes a database and stores a world in it.
    pub(crate) async fn fill(place: Place, world: &World) -> Result<Self> {
        let (target, setting, engine) = place.make().await?;
        let opened = Store::open(&target)?;
        migrate::run(&opened, &call(), migrate::UnknownSchema::Refuse).await?;
        let authz = use_cases(opened, 0);
        let store = authz.create_store(&call(), "world").await?.id;
        let (model, _) = rebac::dsl::parse(MODEL).map_err(|e| format!("{e:?}"))?;
        authz.write_model(&call(), store, model).await?;
        let author = Author {
            actor: "benchmark".to_owned(),
            reason: None,
        };
        let mut import_seconds = 0.0;
        for portion in world.portions() {
            let started = SystemClock.instant();
            let call = call();
            let imported = authz.import(&call, store, &portion, &author, |_| {});
            imported.await?;
            import_seconds += seconds(SystemClock.instant() - started);
        }
        authz.finish().await;
        Ok(Self {
            engine,
            target,
            setting,
            store,
            import_seconds,
        })
    }

    /// The use cases with room for so many bytes of stores in memory.
    pub(crate) fn open(&self, resident_bytes_max: u64) -> Result<Authz> {
        Ok(use_cases(Store::open(&self.target)?, resident_bytes_max))
    }

    pub(crate) const fn scope(&self) -> Scope {
        Scope {
            store: self.store,
            model: None,
            consistency: Consistency::MinimizeLatency,
        }
    }
}

/// Where a database is made.
#[derive(Debug)]
pub(crate) enum Place {
    /// In a file of this folder.
    Sqlite(PathBuf),
    /// On a server, whose URL names no database, with this name.
    Postgres { url: String, name: String },
}

impl Place {
    async fn make(self) -> Result<(Target, String, &'static str)> {
        match self {
            Self::Sqlite(folder) => {
                std::fs::create_dir_all(&folder)?;
                let path = folder.join("world.db");
                let setting = format!("sqlite:{}", path.display());
                let target = Target::Sqlite {
                    path,
                    ephemeral: false,
                };
                Ok((target, setting, "SQLite"))
            }
            Self::Postgres { url, name } => {
                let maintenance = postgres(&format!("{url}/postgres"));
                let server = Store::open(&maintenance)?;
                let sql = format!("CREATE DATABASE {name}");
                server.script(sql, &call()).await?;
                server.close();
                let setting = format!("{url}/{name}");
                Ok((postgres(&setting), setting, "PostgreSQL"))
            }
        }
    }
}

fn postgres(url: &str) -> Target {
    Target::Postgres {
        url: Secret::new(url.to_owned()),
        connections_max: CONNECTIONS_MAX,
    }
}

fn use_cases(store: Store, resident_bytes_max: u64) -> Authz {
    let settings = Settings {
        resident_bytes_max,
        ..Settings::default()
    };
    let (clock, entropy) = (Arc::new(SystemClock), Arc::new(SystemEntropy));
    Authz::new(store, clock, entropy, settings)
}

/// A call that has an hour.
pub(crate) fn call() -> Call {
    Call {
        id: RequestId::random(&SystemEntropy),
        now: SystemClock.now(),
        deadline: Deadline::after(SystemClock.instant(), LONG),
        origin: Origin::default(),
        cost: Arc::new(Cost::default()),
    }
}
