//! What `PostgreSQL`'s errors mean.

use crate::db::unique_keys;
use crate::error::{Error, Raised};
use deadpool_postgres::{HookError, PoolError};
use std::error::Error as _;
use tokio_postgres::error::{DbError, SqlState};

/// No connection could be had.
pub(super) fn pool(e: PoolError) -> Error {
    match e {
        PoolError::PostCreateHook(HookError::Message(reason)) => Error::Unusable(reason.into()),
        PoolError::Backend(e) if is_ours(&e) => {
            Error::Unusable(format!("the database URL cannot be used: {e}"))
        }
        // Whatever it refuses a connection for: later may be better.
        PoolError::Backend(e) | PoolError::PostCreateHook(HookError::Backend(e)) => {
            Error::unavailable(e)
        }
        other => Error::unavailable(other),
    }
}

pub(super) fn error(statement: &'static str, e: tokio_postgres::Error) -> Error {
    let Some(db) = e.as_db_error() else {
        return if is_ours(&e) {
            Error::Statement {
                statement,
                source: Box::new(e),
            }
        } else {
            Error::unavailable(e)
        };
    };
    let code = db.code();
    if *code == SqlState::UNIQUE_VIOLATION {
        return Error::Duplicate { key: key(db) };
    }
    if *code == SqlState::FOREIGN_KEY_VIOLATION {
        return Error::MissingReference;
    }
    if is_raised(code) {
        return Error::Raised(Box::new(Raised {
            sqlstate: code.code().to_owned(),
            message: db.message().to_owned(),
            hint: db.hint().unwrap_or_default().to_owned(),
            detail: db.detail().unwrap_or_default().to_owned(),
        }));
    }
    if *code == SqlState::QUERY_CANCELED {
        return Error::Late;
    }
    if is_outage(code) || is_stale(&e) {
        Error::unavailable(e)
    } else {
        Error::Statement {
            statement,
            source: Box::new(e),
        }
    }
}

/// The database, or this connection to it, takes no writes.
pub(super) fn is_read_only(error: &Error) -> bool {
    let Error::Unavailable(source) = error else {
        return false;
    };
    source
        .downcast_ref::<tokio_postgres::Error>()
        .and_then(tokio_postgres::Error::code)
        .is_some_and(|code| *code == SqlState::READ_ONLY_SQL_TRANSACTION)
}

/// The statement was prepared for another shape of the tables (somebody migrated them), or the
/// connection is not the one it was prepared on: preparing it again mends that.
pub(super) fn is_stale(e: &tokio_postgres::Error) -> bool {
    let Some(db) = e.as_db_error() else {
        return false;
    };
    let code = db.code();
    *code == SqlState::INVALID_SQL_STATEMENT_NAME
        || *code == SqlState::DUPLICATE_PSTATEMENT
        || (*code == SqlState::FEATURE_NOT_SUPPORTED
            && db.routine() == Some("RevalidateCachedQuery"))
}

/// A fault of ours in what was sent or in how the answer was read, rather than of the line.
fn is_ours(e: &tokio_postgres::Error) -> bool {
    // The kind is private to the driver; its name starts the text.
    let text = e.to_string();
    let ours = [
        "error serializing parameter",
        "error deserializing column",
        "invalid column",
        "expected ",
        "query returned an unexpected number",
        "error encoding message",
        "invalid con",
    ];
    let io = e
        .source()
        .is_some_and(<dyn std::error::Error>::is::<std::io::Error>);
    !io && ours.iter().any(|start| text.starts_with(start))
}

/// `users.email`, whatever language the server speaks: by the constraint's name, or else from
/// `Key (email)=(..) already exists.`; the name itself where neither helps, as for expressions.
fn key(db: &DbError) -> String {
    let constraint = db.constraint().unwrap_or("unknown");
    if let Some(key) = unique_keys::find(constraint) {
        return key.to_owned();
    }
    let columns = db
        .detail()
        .and_then(|detail| detail.split_once('('))
        .and_then(|(_, rest)| rest.split_once(")=("))
        .map(|(columns, _)| columns)
        .filter(|columns| !columns.contains('('));
    match (db.table(), columns) {
        (Some(table), Some(columns)) => columns
            .split(", ")
            .map(|column| format!("{table}.{column}"))
            .collect::<Vec<_>>()
            .join(", "),
        _ => constraint.to_owned(),
    }
}

/// Refused by what guards the data: `RAISE EXCEPTION` (P0001), PostgREST's `PTnnn`, checks, widths
/// of columns, append-only tables, and the not-null and exclusion constraints of an application.
fn is_raised(code: &SqlState) -> bool {
    *code == SqlState::RAISE_EXCEPTION
        || code.code().starts_with("PT")
        || *code == SqlState::CHECK_VIOLATION
        || *code == SqlState::NOT_NULL_VIOLATION
        || *code == SqlState::EXCLUSION_VIOLATION
        || *code == SqlState::RESTRICT_VIOLATION
        || *code == SqlState::STRING_DATA_RIGHT_TRUNCATION
}

/// Connection (08), authentication (28), resources (53), operator intervention (57), system (58),
/// read-only (25006), serialization and deadlock (40): later may be better.
fn is_outage(code: &SqlState) -> bool {
    let class = code.code().get(..2).unwrap_or_default();
    matches!(class, "08" | "28" | "53" | "57" | "58" | "40")
        || *code == SqlState::READ_ONLY_SQL_TRANSACTION
        || *code == SqlState::LOCK_NOT_AVAILABLE
        || *code == SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT
        || *code == SqlState::INVALID_CATALOG_NAME
}
