//! All SQL: both engines under one waist, migrations, one file per aggregate. No HTTP, no rules.

pub mod accounts;
pub mod admin_users;
pub mod adopt;
pub mod audit;
pub mod changes;
pub mod credits;
pub mod custom_providers;
pub mod db;
pub mod departures;
pub mod emergency_accesses;
mod error;
pub mod expired;
pub mod factors;
pub mod flows;
pub mod identities;
pub mod migrate;
pub mod one_time_tokens;
pub mod outbox;
pub mod people;
pub mod profiles;
pub mod refresh_tokens;
pub mod refreshes;
pub mod secrets;
pub mod sessions;
pub mod store_assertions;
pub mod store_models;
pub mod stores;
pub mod team_invitations;
pub mod teams;
pub mod tuples;
pub mod users;

pub use accounts::Account;
pub use db::{Db, Read, Snapshot, Tx};
pub use error::{Error, Raised, Result};

use db::{Engine, Row, Stmt, Writing, params, postgres, sqlite, statements};
use std::path::PathBuf;
use types::{Call, Secret, Time};

statements! {
    Query PING = "SELECT 1 FROM schema_migrations WHERE version = '00'";
    Query READ_ONLY = {
        sqlite: "SELECT FALSE",
        postgres: "
            SELECT pg_is_in_recovery() OR current_setting('transaction_read_only') = 'on'",
    };
    Query CLOCK = {
        sqlite: "SELECT CAST(unixepoch('subsec') * 1000000 AS INTEGER)",
        postgres: "SELECT clock_timestamp()",
    };
    Command STORE_SOME scan "only the numbers that it makes itself" = "
        WITH RECURSIVE numbers (number) AS (
            SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < 2000)
        INSERT INTO totp_uses (factor_id, step, used_at) SELECT $1, number, $2 FROM numbers";
    Command FORGET_SOME = "DELETE FROM totp_uses WHERE factor_id = $1";
}

/// Which database to open.
#[derive(Debug, Clone)]
pub enum Target {
    /// A file of ours.
    Sqlite {
        /// Where it is, or will be.
        path: PathBuf,
        /// The data may go with the machine: commits do not wait for the disk.
        ephemeral: bool,
    },
    /// A server.
    Postgres {
        /// `postgres://user:password@host/database?sslmode=...`.
        url: Secret<String>,
        /// The most connections at once; further callers queue.
        connections_max: usize,
    },
}

/// The open database. Made once, cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    engine: Engine,
    writing: Writing,
}

impl Store {
    /// Opens the database. `PostgreSQL` is not connected to before the first use.
    pub fn open(target: &Target) -> Result<Self> {
        let engine = match target {
            Target::Sqlite { path, ephemeral } => {
                let durability = if *ephemeral {
                    sqlite::Durability::Ephemeral
                } else {
                    sqlite::Durability::Full
                };
                Engine::Sqlite(sqlite::Sqlite::open(path, durability)?)
            }
            Target::Postgres {
                url,
                connections_max,
            } => Engine::Postgres(postgres::Postgres::open(url.expose(), *connections_max)?),
        };
        let writing = Writing::default();
        Ok(Self { engine, writing })
    }

    /// The database as one call sees it.
    pub fn db(&self, call: &Call) -> Db {
        Db::new(self.engine.clone(), self.writing.clone(), call)
    }

    /// `sqlite` or `postgres`, for logs and metrics.
    pub const fn engine_name(&self) -> &'static str {
        match self.engine {
            Engine::Sqlite(_) => "sqlite",
            Engine::Postgres(_) => "postgres",
        }
    }

    /// Refuses a database that this server must not use, with the reason and what to do: one
    /// behind a pooler that hands out connections per transaction, or on too old a server.
    pub async fn check(&self, call: &Call) -> Result<()> {
        match &self.engine {
            Engine::Sqlite(_) => Ok(()),
            Engine::Postgres(engine) => engine.check(call.deadline).await,
        }
    }

    /// Runs a script of several statements outside of the statement list. For migrations,
    /// administration and tests; never with a value from outside in it.
    pub async fn script(&self, sql: String, call: &Call) -> Result<()> {
        match &self.engine {
            Engine::Sqlite(engine) => engine.script(sql, call.deadline).await,
            Engine::Postgres(engine) => engine.script(&sql, call.deadline).await,
        }
    }

    /// The plan of a statement as text; fails where the statement does not fit the schema.
    pub async fn explain(&self, stmt: Stmt, call: &Call) -> Result<String> {
        match &self.engine {
            Engine::Sqlite(engine) => engine.explain(stmt),
            Engine::Postgres(engine) => engine.explain(stmt, call.deadline).await,
        }
    }

    /// Asks the database for nothing: an answer means that statements can run.
    pub async fn ping(&self, call: &Call) -> Result<()> {
        self.db(call).rows(PING, Vec::new()).await.map(drop)
    }

    /// Whether a sign-in could be stored now. Where the last write was stored, reading is enough
    /// to ask. After one that was not (a full disk), writing is tried: more than a sign-in needs,
    /// since a little finds room for longer, and taken back at once.
    pub async fn ready(&self, call: &Call) -> Result<()> {
        let db = self.db(call);
        let queries = vec![(PING, Vec::new()), (READ_ONLY, Vec::new())];
        refuse_read_only(db.all(queries).await?.pop())?;
        if !self.writing.is_broken() {
            return Ok(());
        }
        // Of no factor that there is. What is left of it by a crash is swept as spent codes are.
        let nobody = call.id.0;
        let mut tx = db.begin().await?;
        tx.queue(STORE_SOME, params![nobody, call.now]);
        tx.commit().await?;
        let mut tx = db.begin().await?;
        tx.queue(FORGET_SOME, params![nobody]);
        tx.commit().await
    }

    /// Refuses a database that takes no writes at all: a standby, or one switched to read-only.
    pub async fn require_writable(&self, call: &Call) -> Result<()> {
        let queries = vec![(READ_ONLY, Vec::new())];
        refuse_read_only(self.db(call).all(queries).await?.pop())
    }

    /// The time on the clock of the database.
    pub async fn clock(&self, call: &Call) -> Result<Time> {
        let row = self.db(call).row(CLOCK, Vec::new()).await?;
        row.unwrap_or_default().take()
    }

    /// Closes the connections; those in use when their user is done.
    pub fn close(&self) {
        if let Engine::Postgres(engine) = &self.engine {
            engine.close();
        }
    }
}

fn refuse_read_only(rows: Option<Vec<Row>>) -> Result<()> {
    let row = rows.and_then(|rows| rows.into_iter().next());
    if row.unwrap_or_default().take()? {
        return Err(Error::unavailable("the database is read-only"));
    }
    Ok(())
}

/// Every statement of the crate, for the tests that prepare and plan them all.
pub fn statements() -> impl Iterator<Item = Stmt> {
    [
        accounts::STATEMENTS,
        admin_users::STATEMENTS,
        adopt::STATEMENTS,
        adopt::contents::STATEMENTS,
        adopt::rights::STATEMENTS,
        audit::STATEMENTS,
        changes::STATEMENTS,
        credits::STATEMENTS,
        profiles::STATEMENTS,
        custom_providers::STATEMENTS,
        emergency_accesses::STATEMENTS,
        expired::STATEMENTS,
        factors::STATEMENTS,
        flows::STATEMENTS,
        identities::STATEMENTS,
        migrate::STATEMENTS,
        one_time_tokens::STATEMENTS,
        outbox::STATEMENTS,
        people::STATEMENTS,
        refresh_tokens::STATEMENTS,
        refreshes::STATEMENTS,
        secrets::STATEMENTS,
        sessions::STATEMENTS,
        store_assertions::STATEMENTS,
        store_models::STATEMENTS,
        stores::STATEMENTS,
        stores::remains::STATEMENTS,
        team_invitations::STATEMENTS,
        teams::STATEMENTS,
        tuples::change::STATEMENTS,
        tuples::load::STATEMENTS,
        tuples::read::STATEMENTS,
        tuples::touching::STATEMENTS,
        tuples::STATEMENTS,
        users::STATEMENTS,
        STATEMENTS,
    ]
    .into_iter()
    .flatten()
    .copied()
}
