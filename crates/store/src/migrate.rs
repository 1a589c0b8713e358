//! Bringing a database to the shape this server needs: GoTrue's schema, then our own migrations.

use crate::db::{Engine, Read, Tx, params, statements};
use crate::error::{Error, Result};
use crate::{Store, adopt};
use aws_lc_rs::digest;
use types::{Call, Time};

/// The newest version of GoTrue's schema that this server knows, and the one that it makes.
pub const AUTH_VERSION: &str = "20260625000000";

/// GoTrue's schema, for a database without it. Its row in `migrations` says that we made it.
const AUTH: Migration = Migration {
    number: 0,
    name: "auth",
    sqlite: include_str!("../migrations/auth/sqlite.sql"),
    postgres: include_str!("../migrations/auth/postgres.sql"),
};

/// Our own migrations, in order. Numbers and names are the same for both engines; the first makes
/// the table `migrations`. What is in this list never changes again, nor does `AUTH`.
const MIGRATIONS: &[Migration] = &[
    Migration {
        number: 1,
        name: "claviger",
        sqlite: include_str!("../migrations/sqlite/0001_claviger.sql"),
        postgres: include_str!("../migrations/postgres/0001_claviger.sql"),
    },
    Migration {
        number: 2,
        name: "secrets",
        sqlite: include_str!("../migrations/sqlite/0002_secrets.sql"),
        postgres: include_str!("../migrations/postgres/0002_secrets.sql"),
    },
    Migration {
        number: 3,
        name: "stores",
        sqlite: include_str!("../migrations/sqlite/0003_stores.sql"),
        postgres: include_str!("../migrations/postgres/0003_stores.sql"),
    },
    Migration {
        number: 4,
        name: "changes_at",
        sqlite: include_str!("../migrations/sqlite/0004_changes_at.sql"),
        postgres: include_str!("../migrations/postgres/0004_changes_at.sql"),
    },
    Migration {
        number: 5,
        name: "teams",
        sqlite: include_str!("../migrations/sqlite/0005_teams.sql"),
        postgres: include_str!("../migrations/postgres/0005_teams.sql"),
    },
    Migration {
        number: 6,
        name: "emergency_owner",
        sqlite: include_str!("../migrations/sqlite/0006_emergency_owner.sql"),
        postgres: include_str!("../migrations/postgres/0006_emergency_owner.sql"),
    },
];

/// Only one server migrates at a time. `SQLite` has its write lock; on `PostgreSQL` it is an
/// advisory lock (the number spells "claviger"), for whose holder no time limit may count.
const ALONE: &str = "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0; \
     SET LOCAL idle_in_transaction_session_timeout = 0; \
     SELECT pg_advisory_xact_lock(7164763675061511538)";

statements! {
    Query TABLES scan "the catalog is small, and read at the start" = {
        sqlite: "SELECT name FROM sqlite_schema WHERE type = 'table' AND name = $1",
        postgres: "
            SELECT CAST(c.relname AS TEXT) FROM pg_catalog.pg_class c
            JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relname = $1 AND n.nspname IN ('auth', 'claviger')",
    };
    Query APPLIED scan "a handful of rows, read at the start" =
        "SELECT number, checksum FROM migrations ORDER BY number LIMIT 1000";
    Query AUTH_NEWEST scan "a handful of rows, read at the start" =
        "SELECT max(version) FROM schema_migrations";
    Command RECORD = "
        INSERT INTO migrations (number, name, checksum, applied_at) VALUES ($1, $2, $3, $4)";
}

struct Migration {
    number: i64,
    name: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
}

/// What was found and done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// The `auth` schema was not made by this server: somebody else's database.
    pub adopted: bool,
    /// The newest version in `auth.schema_migrations`.
    pub auth_version: String,
    /// Numbers of our own migrations applied just now.
    pub applied: Vec<i64>,
}

/// Whether another `auth` schema than the one this server knows may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum UnknownSchema {
    /// Refuse to start.
    #[default]
    Refuse,
    /// Use it; the operator has said so.
    Adopt,
}

/// Brings the database up to date. Each step is one transaction with the row that records it, so
/// that a server killed in between finds the database before or after a step, never inside; of
/// several servers that start at once, one migrates and the others wait, as long as the call's
/// deadline allows.
pub async fn run(store: &Store, call: &Call, unknown: UnknownSchema) -> Result<Report> {
    store.check(call).await?;
    let mut db = store.db(call);
    adopt::require_rights(&mut db).await?;
    let mut report = Report::default();
    // Most starts find nothing to do, and must not need the write lock for that.
    let mut found = Found::read(&mut db).await?;
    while !found.next_step().is_empty() {
        let mut tx = db.begin().await?;
        if let Engine::Postgres(_) = &store.engine {
            tx.script(ALONE).await?;
        }
        found = Found::read(&mut tx).await?;
        found.judge(unknown)?;
        let step = found.next_step();
        if !step.is_empty() {
            adopt::require_create(&mut tx).await?;
        }
        for migration in &step {
            tx.script(migration.text(&store.engine)).await?;
        }
        // Behind all scripts, because one of them makes the table.
        for migration in &step {
            migration.record(&mut tx, call.now);
        }
        tx.commit().await?;
        let numbers = step.iter().map(|migration| migration.number);
        report
            .applied
            .extend(numbers.filter(|number| *number != AUTH.number));
        found = Found::read(&mut db).await?;
    }
    found.judge(unknown)?;
    report.adopted = !found.is_applied(&AUTH);
    report.auth_version = found.auth_version.unwrap_or_default();
    Ok(report)
}

/// What [`run`] would find and do, without doing it; refuses what it would refuse.
pub async fn look(store: &Store, call: &Call, unknown: UnknownSchema) -> Result<Report> {
    store.check(call).await?;
    let mut db = store.db(call);
    adopt::require_rights(&mut db).await?;
    let found = Found::read(&mut db).await?;
    found.judge(unknown)?;
    if !found.next_step().is_empty() {
        adopt::require_create(&mut db).await?;
    }
    let pending = MIGRATIONS.iter().filter(|one| !found.is_applied(one));
    Ok(Report {
        adopted: found.has_users && !found.is_applied(&AUTH),
        applied: pending.map(|migration| migration.number).collect(),
        auth_version: found.auth_version.unwrap_or_default(),
    })
}

/// Whether a server of ours has been at work in this database.
pub async fn has_run(store: &Store, call: &Call) -> Result<bool> {
    has_table(&mut store.db(call), "migrations").await
}

/// The state of a database.
struct Found {
    has_users: bool,
    /// The newest version of GoTrue's schema; `None` where nothing says so.
    auth_version: Option<String>,
    /// Number and checksum of what has run.
    applied: Vec<(i64, Vec<u8>)>,
}

impl Found {
    async fn read(db: &mut impl Read) -> Result<Self> {
        let has_users = has_table(db, "users").await?;
        let auth_version = if has_table(db, "schema_migrations").await? {
            auth_version(db).await?
        } else {
            None
        };
        let applied = if has_table(db, "migrations").await? {
            applied(db).await?
        } else {
            Vec::new()
        };
        Ok(Self {
            has_users,
            auth_version,
            applied,
        })
    }

    fn is_applied(&self, migration: &Migration) -> bool {
        self.applied
            .iter()
            .any(|(number, _)| *number == migration.number)
    }

    /// What one transaction applies next. GoTrue's schema comes together with our first migration,
    /// so that there is never one of ours which looks like somebody else's.
    fn next_step(&self) -> Vec<&'static Migration> {
        let mut missing = MIGRATIONS.iter().filter(|one| !self.is_applied(one));
        let auth = (!self.has_users).then_some(&AUTH);
        auth.into_iter().chain(missing.next()).collect()
    }

    /// Refuses what this server does not know.
    fn judge(&self, unknown: UnknownSchema) -> Result<()> {
        self.refuse_newer()?;
        for migration in MIGRATIONS.iter().chain([&AUTH]) {
            let recorded = self
                .applied
                .iter()
                .find(|(done, _)| *done == migration.number);
            if let Some((_, checksum)) = recorded {
                migration.verify(checksum)?;
            }
        }
        if !self.has_users {
            // Our own tables without those of `auth`: dropped, or a restore that is not complete.
            return if self.applied.is_empty() {
                Ok(())
            } else {
                Err(Error::Unusable(
                    "the tables of the auth schema are gone; restore the database".to_owned(),
                ))
            };
        }
        match unknown {
            UnknownSchema::Refuse => self.refuse_unknown_auth(),
            UnknownSchema::Adopt => Ok(()),
        }
    }

    fn refuse_newer(&self) -> Result<()> {
        let known = MIGRATIONS.last().map_or(0, |last| last.number);
        match self.applied.last() {
            Some((newest, _)) if *newest > known => Err(Error::Unusable(format!(
                "the database was migrated to {newest} by a newer server; this one knows {known}: \
                 upgrade it"
            ))),
            _ => Ok(()),
        }
    }

    fn refuse_unknown_auth(&self) -> Result<()> {
        let Some(version) = self.auth_version.as_deref() else {
            return Err(Error::Unusable(format!(
                "the version of the auth schema cannot be read from auth.schema_migrations; if it \
                 has the tables of {AUTH_VERSION}, start this server with --adopt-unknown-schema"
            )));
        };
        match version.cmp(AUTH_VERSION) {
            std::cmp::Ordering::Equal => Ok(()),
            std::cmp::Ordering::Greater => Err(Error::Unusable(format!(
                "the auth schema is at version {version}, newer than {AUTH_VERSION} which this \
                 server knows; upgrade this server, or start it with --adopt-unknown-schema if \
                 you know that it fits"
            ))),
            std::cmp::Ordering::Less => Err(Error::Unusable(format!(
                "the auth schema is at version {version}, older than {AUTH_VERSION} which this \
                 server needs; let Supabase Auth v2.196 or later migrate it first, or start this \
                 server with --adopt-unknown-schema if you know that it fits"
            ))),
        }
    }
}

impl Migration {
    const fn text(&self, engine: &Engine) -> &'static str {
        match engine {
            Engine::Sqlite(_) => self.sqlite,
            Engine::Postgres(_) => self.postgres,
        }
    }

    fn record(&self, tx: &mut Tx, now: Time) {
        tx.queue(
            RECORD,
            params![self.number, self.name, self.checksum(), now],
        );
    }

    /// A migration that has run must never change: databases would differ without anybody knowing.
    fn verify(&self, recorded: &[u8]) -> Result<()> {
        if self.checksum() == recorded {
            return Ok(());
        }
        Err(Error::Unusable(format!(
            "migration {} was applied with another text than this server has; the database \
             belongs to another build",
            self.number
        )))
    }

    /// The SHA-256 of the texts for both engines.
    fn checksum(&self) -> Vec<u8> {
        let mut context = digest::Context::new(&digest::SHA256);
        context.update(self.sqlite.as_bytes());
        context.update(b"\0");
        context.update(self.postgres.as_bytes());
        context.finish().as_ref().to_vec()
    }
}

/// The versions that GoTrue would find recorded in a schema of this server's making.
pub(crate) fn known_auth_versions() -> Vec<&'static str> {
    let (_, rows) = AUTH
        .sqlite
        .split_once("INSERT INTO schema_migrations")
        .unwrap_or_default();
    // What stands between every other pair of quotes.
    rows.split('\'').skip(1).step_by(2).collect()
}

async fn has_table(db: &mut impl Read, name: &str) -> Result<bool> {
    Ok(db.row(TABLES, params![name]).await?.is_some())
}

/// The newest version recorded by GoTrue.
async fn auth_version(db: &mut impl Read) -> Result<Option<String>> {
    let row = db.row(AUTH_NEWEST, params![]).await?;
    row.map_or(Ok(None), |mut row| row.take())
}

async fn applied(db: &mut impl Read) -> Result<Vec<(i64, Vec<u8>)>> {
    let rows = db.rows(APPLIED, params![]).await?;
    rows.into_iter()
        .map(|mut row| Ok((row.take()?, row.take()?)))
        .collect()
}
