//! A look at a database that Supabase Auth made: what is in it, and what this server may do there.
//!
//! Nothing here writes. Adopting is [`crate::migrate::run`], which alters nothing in `auth` and
//! makes the schema `claviger` beside it.

pub(crate) mod contents;
pub(crate) mod rights;

pub use contents::{Counts, EncryptedColumn, PasswordKind};
pub use rights::{Role, Table, required_sql};

use crate::db::{Db, Query, Read, Row, params, statements};
use crate::error::{Error, Result};
use crate::{Store, migrate};
use types::Call;

statements! {
    Query NO_LIMIT = {
        sqlite: "SELECT 1",
        postgres: "SELECT set_config('statement_timeout', '0', TRUE)",
    };
    Query VERSIONS scan "a handful of rows, read by an administrator" =
        "SELECT version FROM schema_migrations ORDER BY version LIMIT 10000";
    Query OURS scan "a handful of rows, read by an administrator" =
        "SELECT number FROM migrations WHERE number = 0";
    Query TRIGGERS scan "the catalog, read by an administrator" = {
        sqlite: "
            SELECT tbl_name, name, '', TRUE FROM sqlite_schema
            WHERE type = 'trigger' AND tbl_name IN ('users', 'identities', 'sessions')
            ORDER BY tbl_name, name LIMIT 1000",
        postgres: "
            SELECT CAST(c.relname AS TEXT), CAST(t.tgname AS TEXT),
                CAST(CAST(t.tgfoid AS REGPROCEDURE) AS TEXT), t.tgenabled <> 'D'
            FROM pg_catalog.pg_trigger t
            JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid
            JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = 'auth' AND NOT t.tgisinternal
            ORDER BY c.relname, t.tgname LIMIT 1000",
    };
}

/// Whose tables the `auth` schema holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// There are none yet.
    Empty,
    /// This server made them.
    Ours,
    /// Supabase Auth made them.
    SupabaseAuth,
}

/// A trigger of the application on a table of `auth`. It stays, and fires for our writes too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trigger {
    /// The table, without its schema.
    pub table: String,
    /// Its name.
    pub name: String,
    /// The function that it calls; empty on `SQLite`.
    pub function: String,
    /// It fires.
    pub is_enabled: bool,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Findings {
    /// Whose tables they are.
    pub origin: Origin,
    /// The newest version in `auth.schema_migrations`.
    pub auth_version: Option<String>,
    /// Versions recorded there that this server does not know: a newer or a foreign schema.
    pub unknown_versions: Vec<String>,
    /// Versions that this server counts on and that are not recorded there.
    pub missing_versions: Vec<String>,
    /// Who we are in this database.
    pub role: Role,
    /// The tables that this server uses, with what it may do to each.
    pub tables: Vec<Table>,
    /// Tables that this server uses and that are not there.
    pub absent_tables: Vec<&'static str>,
    /// How much there is; `None` where the role may not read it.
    pub counts: Option<Counts>,
    /// Stored passwords by kind, most frequent first.
    pub passwords: Vec<PasswordKind>,
    /// Encrypted values by column and key; each key must be known before this server may start.
    pub encrypted: Vec<EncryptedColumn>,
    /// Triggers on tables of `auth`.
    pub triggers: Vec<Trigger>,
}

impl Findings {
    /// The ids of all keys that something is encrypted with, without repeats.
    pub fn encryption_keys(&self) -> Vec<&str> {
        let mut ids: Vec<_> = self
            .encrypted
            .iter()
            .map(|one| one.key_id.as_str())
            .collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }
}

/// Looks at the whole database at one point in time. Reads every user once: give it time.
pub async fn inspect(store: &Store, call: &Call) -> Result<Findings> {
    store.check(call).await?;
    let db = store.db(call);
    let role = rights::role(&mut db.clone()).await?;
    let tables = rights::tables(&mut db.clone()).await?;
    let mut findings = Findings {
        origin: Origin::Empty,
        auth_version: None,
        unknown_versions: Vec::new(),
        missing_versions: Vec::new(),
        role,
        absent_tables: rights::absent(&tables),
        tables,
        counts: None,
        passwords: Vec::new(),
        encrypted: Vec::new(),
        triggers: Vec::new(),
    };
    if !rights::are_there(&findings.tables) {
        return Ok(findings);
    }
    findings.origin = origin(&db, &findings.role).await?;
    let mut snapshot = db.snapshot().await?;
    snapshot.row(NO_LIMIT, params![]).await?;
    findings.triggers = list(&mut snapshot, TRIGGERS, trigger).await?;
    if !findings.is_readable() {
        return Ok(findings);
    }
    let versions = list(&mut snapshot, VERSIONS, |mut row| row.take()).await?;
    findings.compare_versions(versions);
    findings.counts = Some(contents::counts(&mut snapshot).await?);
    findings.passwords = contents::passwords(&mut snapshot).await?;
    findings.encrypted = contents::encrypted(&mut snapshot).await?;
    Ok(findings)
}

/// The ids of all keys that something in this database is encrypted with; none in an empty one.
/// Reads every user once.
pub async fn encryption_keys(store: &Store, call: &Call) -> Result<Vec<String>> {
    let mut db = store.db(call);
    require_rights(&mut db).await?;
    if !rights::has_users(&mut db).await? {
        return Ok(Vec::new());
    }
    let mut snapshot = db.snapshot().await?;
    snapshot.row(NO_LIMIT, params![]).await?;
    let found = contents::encrypted(&mut snapshot).await?;
    let mut ids: Vec<_> = found.into_iter().map(|one| one.key_id).collect();
    // What begins like an encrypted value and names no key was written by hand, in clear.
    ids.retain(|id| !id.is_empty());
    ids.sort_unstable();
    ids.dedup();
    Ok(ids)
}

/// Refuses to go on where the role may not do what this server does all day.
pub(crate) async fn require_rights(db: &mut Db) -> Result<()> {
    let tables = rights::tables(db).await?;
    if tables.is_empty() {
        return Ok(());
    }
    rights::require_tables(&rights::role(db).await?, &tables)
}

/// Refuses to go on where the role may not make our tables.
pub(crate) async fn require_create(db: &mut impl Read) -> Result<()> {
    rights::require_create(&rights::role(db).await?)
}

impl Findings {
    fn is_readable(&self) -> bool {
        let readable = |table: &Table| !table.missing.contains(&"SELECT") && !table.is_hidden;
        self.role.may_use_auth && self.absent_tables.is_empty() && self.tables.iter().all(readable)
    }

    fn compare_versions(&mut self, found: Vec<String>) {
        let known = migrate::known_auth_versions();
        self.unknown_versions = found
            .iter()
            .filter(|version| !known.contains(&version.as_str()))
            .cloned()
            .collect();
        self.missing_versions = known
            .into_iter()
            .filter(|version| !found.iter().any(|found| found == version))
            .map(str::to_owned)
            .collect();
        self.auth_version = found.into_iter().next_back();
    }
}

async fn origin(db: &Db, role: &Role) -> Result<Origin> {
    if !role.has_claviger {
        return Ok(Origin::SupabaseAuth);
    }
    match db.clone().row(OURS, params![]).await {
        Ok(Some(_)) => Ok(Origin::Ours),
        // The schema is there, but nothing in it, or nothing that we may read.
        Ok(None) | Err(Error::Statement { .. }) => Ok(Origin::SupabaseAuth),
        Err(e) => Err(e),
    }
}

async fn list<T>(
    db: &mut impl Read,
    query: Query,
    take: impl Fn(Row) -> Result<T>,
) -> Result<Vec<T>> {
    let rows = db.rows(query, params![]).await?;
    rows.into_iter().map(take).collect()
}

fn trigger(mut row: Row) -> Result<Trigger> {
    Ok(Trigger {
        table: row.take()?,
        name: row.take()?,
        function: row.take()?,
        is_enabled: row.take()?,
    })
}
