//! One `SQLite` connection: opening, binding, running, and what its errors mean.

use super::Durability;
use crate::db::{Row, Rows, Stmt, Value};
use crate::error::{Error, Raised, Result};
use rusqlite::config::DbConfig;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ErrorCode, OpenFlags, ffi};
use std::path::Path;
use std::time::Duration;

/// Prepared statements kept per connection; above the number of statements there are.
const STATEMENTS_CACHED: usize = 256;
/// Longest time that opening waits for another process that is opening or recovering the file.
const OPENING_SPAN: Duration = Duration::from_secs(5);
/// Between two attempts at what `SQLite` itself does not wait for.
const ATTEMPT_SPAN: Duration = Duration::from_millis(5);

pub(super) fn open(path: &Path, durability: Durability) -> Result<Connection> {
    create_private(path)?;
    let connection = Connection::open(path).map_err(|e| error("open", e))?;
    configure(&connection, durability)?;
    Ok(connection)
}

/// Makes the file, readable by nobody else, where there is none: it will hold password hashes.
/// `SQLite` gives the same mode to the files beside it.
fn create_private(path: &Path) -> Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.read(true).append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop).map_err(Error::unavailable)
}

pub(super) fn open_reader(path: &Path, durability: Durability) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(|e| error("open", e))?;
    configure(&connection, durability)?;
    connection
        .pragma_update(None, "query_only", true)
        .map_err(|e| error("open", e))?;
    Ok(connection)
}

fn configure(connection: &Connection, durability: Durability) -> Result<()> {
    let synchronous = match durability {
        Durability::Full => "FULL",
        Durability::Ephemeral => "NORMAL",
    };
    let set = || -> rusqlite::Result<()> {
        // Waiting is done by the caller, asynchronously and within its deadline. Opening alone may
        // wait here, for another process that is just recovering the file.
        connection.busy_timeout(OPENING_SPAN)?;
        write_ahead(connection)?;
        connection.pragma_update(None, "synchronous", synchronous)?;
        connection.pragma_update(None, "foreign_keys", true)?;
        connection.pragma_update(None, "trusted_schema", false)?;
        // Without it, INSERT OR REPLACE would pass by the triggers of append-only tables.
        connection.pragma_update(None, "recursive_triggers", true)?;
        // Without it, a statement is compiled again whenever a value that might change its plan is
        // bound: measured, four fifths of a point read.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        connection.busy_timeout(Duration::ZERO)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS_CACHED);
        Ok(())
    };
    set().map_err(|e| match e.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => {
            Error::Unusable("the file is not an SQLite database".to_owned())
        }
        _ => error("open", e),
    })
}

/// Puts the file into WAL mode. A file that another process opens at the same moment is busy, and
/// `SQLite` waits for no lock here, lest both wait for each other.
fn write_ahead(connection: &Connection) -> rusqlite::Result<()> {
    let mut attempts = OPENING_SPAN.as_millis() / ATTEMPT_SPAN.as_millis();
    loop {
        match connection.pragma_update(None, "journal_mode", "WAL") {
            Err(e) if is_busy(&e) && attempts > 0 => attempts -= 1,
            outcome => return outcome,
        }
        #[expect(
            clippy::disallowed_methods,
            reason = "opening is not async, and seldom"
        )]
        std::thread::sleep(ATTEMPT_SPAN);
    }
}

/// Runs one statement: its rows, and how many it touched.
pub(super) fn run(connection: &Connection, stmt: Stmt, params: &[Value]) -> Result<(Rows, u64)> {
    run_inner(connection, stmt, params).map_err(|e| error(stmt.name, e))
}

fn run_inner(
    connection: &Connection,
    stmt: Stmt,
    params: &[Value],
) -> rusqlite::Result<(Rows, u64)> {
    let mut prepared = connection.prepare_cached(stmt.sqlite)?;
    let columns = prepared.column_count();
    bind(&mut prepared, params)?;
    if columns == 0 {
        return prepared
            .raw_execute()
            .map(|touched| (Vec::new(), touched as u64));
    }
    let mut rows = prepared.raw_query();
    let mut collected = Vec::new();
    while let Some(row) = rows.next()? {
        let values = (0..columns)
            .map(|i| row.get_ref(i).map(value))
            .collect::<Result<_, _>>()?;
        collected.push(Row::new(values));
    }
    let touched = collected.len() as u64;
    Ok((collected, touched))
}

/// The plan of a statement; a statement that does not compile is an error.
pub(super) fn explain(connection: &Connection, stmt: Stmt) -> Result<String> {
    let lines = || -> rusqlite::Result<Vec<String>> {
        let mut plan = connection.prepare(&format!("EXPLAIN QUERY PLAN {}", stmt.sqlite))?;
        let unbound = vec![Value::Null; plan.parameter_count()];
        plan.query_map(rusqlite::params_from_iter(unbound), |row| row.get(3))?
            .collect()
    };
    lines()
        .map(|lines| lines.join("\n"))
        .map_err(|e| error(stmt.name, e))
}

/// `SQLite` reads `$2` as a name and numbers names by first appearance, so each slot is bound by
/// the number in its name and never by its position.
/// A value that no slot takes is a fault, as it is on `PostgreSQL`.
fn bind(prepared: &mut rusqlite::Statement<'_>, params: &[Value]) -> rusqlite::Result<()> {
    let mut highest = 0;
    for slot in 1..=prepared.parameter_count() {
        let number = prepared
            .parameter_name(slot)
            .and_then(|name| name.strip_prefix('$'))
            .and_then(|digits| digits.parse::<usize>().ok());
        let value = number
            .and_then(|number| params.get(number.checked_sub(1)?))
            .ok_or(rusqlite::Error::InvalidParameterCount(params.len(), slot))?;
        prepared.raw_bind_parameter(slot, value)?;
        highest = highest.max(number.unwrap_or_default());
    }
    if highest == params.len() {
        Ok(())
    } else {
        Err(rusqlite::Error::InvalidParameterCount(
            params.len(),
            highest,
        ))
    }
}

fn value(raw: ValueRef<'_>) -> Value {
    match raw {
        // No column of ours is REAL; a stray one reads as absent rather than as a wrong number.
        ValueRef::Null | ValueRef::Real(_) => Value::Null,
        ValueRef::Integer(n) => Value::Int(n),
        ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(bytes) => Value::Bytes(bytes.to_owned()),
    }
}

impl rusqlite::ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Null => ToSqlOutput::Borrowed(ValueRef::Null),
            Self::Bool(b) => ToSqlOutput::Borrowed(ValueRef::Integer(i64::from(*b))),
            Self::Int(n) => ToSqlOutput::Borrowed(ValueRef::Integer(*n)),
            Self::Time(time) => ToSqlOutput::Borrowed(ValueRef::Integer(time.0)),
            Self::Text(text) | Self::Json(text) => {
                ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes()))
            }
            Self::Bytes(bytes) => ToSqlOutput::Borrowed(ValueRef::Blob(bytes)),
            Self::Uuid(id) => ToSqlOutput::Borrowed(ValueRef::Blob(id.as_bytes())),
            Self::Ip(ip) => ToSqlOutput::Owned(ip.to_string().into()),
            Self::TextSet(set) => {
                ToSqlOutput::Owned(serde_json::to_string(set).unwrap_or_default().into())
            }
        })
    }
}

/// Another process holds the lock that this connection wants.
pub(super) fn is_busy(e: &rusqlite::Error) -> bool {
    matches!(
        e.sqlite_error_code(),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)
    )
}

pub(super) fn error(statement: &'static str, e: rusqlite::Error) -> Error {
    let rusqlite::Error::SqliteFailure(failure, message) = &e else {
        return Error::Statement {
            statement,
            source: Box::new(e),
        };
    };
    let message = message.as_deref().unwrap_or_default();
    match failure.extended_code {
        ffi::SQLITE_CONSTRAINT_UNIQUE
        | ffi::SQLITE_CONSTRAINT_PRIMARYKEY
        | ffi::SQLITE_CONSTRAINT_ROWID => Error::Duplicate { key: key(message) },
        ffi::SQLITE_CONSTRAINT_FOREIGNKEY => Error::MissingReference,
        // The codes that PostgreSQL gives to the same refusals.
        ffi::SQLITE_CONSTRAINT_TRIGGER => raised("23001", message),
        ffi::SQLITE_CONSTRAINT_CHECK => raised("23514", message),
        ffi::SQLITE_CONSTRAINT_NOTNULL => raised("23502", message),
        _ if failure.code == ErrorCode::OperationInterrupted => Error::Late,
        _ if is_outage(failure.code) => Error::unavailable(e),
        _ => Error::Statement {
            statement,
            source: Box::new(e),
        },
    }
}

/// `users.email` from `UNIQUE constraint failed: users.email`; for an index on expressions, where
/// the message has `index 'name'`, the name.
fn key(message: &str) -> String {
    let key = message.trim_start_matches("UNIQUE constraint failed: ");
    key.strip_prefix("index '")
        .and_then(|rest| rest.strip_suffix('\''))
        .unwrap_or(key)
        .to_owned()
}

fn raised(sqlstate: &str, message: &str) -> Error {
    Error::Raised(Box::new(Raised {
        sqlstate: sqlstate.to_owned(),
        message: message.to_owned(),
        hint: String::new(),
        detail: String::new(),
    }))
}

const fn is_outage(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::DatabaseBusy
            | ErrorCode::DatabaseLocked
            | ErrorCode::DiskFull
            | ErrorCode::SystemIoFailure
            | ErrorCode::ReadOnly
            | ErrorCode::CannotOpen
            | ErrorCode::DatabaseCorrupt
            | ErrorCode::NotADatabase
            | ErrorCode::OutOfMemory
            | ErrorCode::PermissionDenied
    )
}
