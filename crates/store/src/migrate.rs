//! Bringing a database to the shape this server needs: GoTrue's schema, then our own migrations.

use crate::Store;
use crate::db::{Engine, Read, params, statements};
use crate::error::{Error, Result};
use aws_lc_rs::digest;
use types::{Call, Time};

/// The newest version of GoTrue's schema that this server knows.
const AUTH_VERSION: &str = "20260625000000";

/// GoTrue's schema, for an empty database.
const AUTH: Script = Script {
    sqlite: include_str!("../migrations/auth/sqlite.sql"),
    postgres: include_str!("../migrations/auth/postgres.sql"),
};

/// Our own migrations, in order. Numbers and names are the same for both engines.
const MIGRATIONS: &[(i64, &str, Script)] = &[(
    1,
    "claviger",
    Script {
        sqlite: include_str!("../migrations/sqlite/0001_claviger.sql"),
        postgres: include_str!("../migrations/postgres/0001_claviger.sql"),
    },
)];

statements! {
    Query TABLES = {
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
}

#[derive(Clone, Copy)]
struct Script {
    sqlite: &'static str,
    postgres: &'static str,
}

/// What was found and done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// The `auth` schema was there before: somebody else's database.
    pub adopted: bool,
    /// The newest version in `auth.schema_migrations`.
    pub auth_version: String,
    /// Numbers of our own migrations applied just now.
    pub applied: Vec<i64>,
}

/// Whether a newer `auth` schema than this server knows may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum UnknownSchema {
    /// Refuse to start.
    #[default]
    Refuse,
    /// Use it; the operator has said so.
    Adopt,
}

/// Brings the database up to date. Each step is one transaction with the row that records it, so
/// that a server killed in between finds the database before or after a step, never inside.
pub async fn run(store: &Store, call: &Call, unknown: UnknownSchema) -> Result<Report> {
    let mut db = store.db(call);
    let mut report = Report {
        adopted: has_table(&mut db, "users").await?,
        ..Report::default()
    };
    if !report.adopted {
        apply(store, AUTH, call, None).await?;
    }
    report.auth_version = auth_version(&mut db).await?;
    if report.auth_version.as_str() > AUTH_VERSION && unknown == UnknownSchema::Refuse {
        return Err(Error::Unusable(format!(
            "the auth schema is at version {}, newer than {} which this server knows; upgrade \
             this server, or start it with --adopt-unknown-schema if you know that it fits",
            report.auth_version, AUTH_VERSION
        )));
    }
    let applied = if has_table(&mut db, "migrations").await? {
        applied(&mut db).await?
    } else {
        Vec::new()
    };
    refuse_newer(&applied)?;
    for (number, name, script) in MIGRATIONS {
        match applied.iter().find(|(done, _)| done == number) {
            Some((_, checksum)) => verify(*number, *script, checksum)?,
            None => {
                apply(store, *script, call, Some((*number, name))).await?;
                report.applied.push(*number);
            }
        }
    }
    Ok(report)
}

async fn has_table(db: &mut impl Read, name: &str) -> Result<bool> {
    Ok(db.row(TABLES, params![name]).await?.is_some())
}

async fn auth_version(db: &mut impl Read) -> Result<String> {
    let row = db.row(AUTH_NEWEST, params![]).await?;
    Ok(row
        .map(|mut row| row.take::<Option<String>>())
        .transpose()?
        .flatten()
        .unwrap_or_default())
}

async fn applied(db: &mut impl Read) -> Result<Vec<(i64, Vec<u8>)>> {
    let rows = db.rows(APPLIED, params![]).await?;
    rows.into_iter()
        .map(|mut row| Ok((row.take()?, row.take()?)))
        .collect()
}

fn refuse_newer(applied: &[(i64, Vec<u8>)]) -> Result<()> {
    let known = MIGRATIONS.last().map_or(0, |(number, ..)| *number);
    match applied.last() {
        Some((newest, _)) if *newest > known => Err(Error::Unusable(format!(
            "the database was migrated to {newest} by a newer server; this one knows {known}: \
             upgrade it"
        ))),
        _ => Ok(()),
    }
}

/// A migration that has run must never change: databases would differ without anybody knowing.
/// The checksum covers the text for both engines.
fn verify(number: i64, script: Script, recorded: &[u8]) -> Result<()> {
    if checksum(script) == recorded {
        return Ok(());
    }
    Err(Error::Unusable(format!(
        "migration {number} was applied with another text than this server has; the database \
         belongs to another build"
    )))
}

fn checksum(script: Script) -> Vec<u8> {
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(script.sqlite.as_bytes());
    context.update(b"\0");
    context.update(script.postgres.as_bytes());
    context.finish().as_ref().to_vec()
}

/// Runs a script in a transaction of its own, with the row that records it.
async fn apply(
    store: &Store,
    script: Script,
    call: &Call,
    record: Option<(i64, &str)>,
) -> Result<()> {
    let text = match &store.engine {
        Engine::Sqlite(_) => script.sqlite,
        Engine::Postgres(_) => script.postgres,
    };
    let recording = record
        .map(|(number, name)| recording(&store.engine, number, name, script, call.now))
        .unwrap_or_default();
    store
        .script(format!("BEGIN;\n{text}\n{recording}\nCOMMIT;"), call)
        .await
}

/// The `INSERT` that records a migration, as text: a script takes no parameters. Everything in it
/// is ours: a number, a name from the list above, hexadecimal digits.
fn recording(engine: &Engine, number: i64, name: &str, script: Script, now: Time) -> String {
    let hex = data_encoding::HEXLOWER.encode(&checksum(script));
    match engine {
        Engine::Sqlite(_) => format!(
            "INSERT INTO migrations (number, name, checksum, applied_at) \
             VALUES ({number}, '{name}', x'{hex}', {});",
            now.0
        ),
        Engine::Postgres(_) => format!(
            "INSERT INTO claviger.migrations (number, name, checksum, applied_at) \
             VALUES ({number}, '{name}', '\\x{hex}', '{now}');"
        ),
    }
}
