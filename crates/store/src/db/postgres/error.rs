//! What `PostgreSQL`'s errors mean.

use crate::error::{Error, Raised};
use tokio_postgres::error::{DbError, SqlState};

pub(super) fn error(statement: &'static str, e: tokio_postgres::Error) -> Error {
    let Some(db) = e.as_db_error() else {
        // No answer from the server: the connection is gone, or the value could not be sent.
        return if e.is_closed() || e.to_string().contains("connection") {
            Error::unavailable(e)
        } else {
            Error::Statement {
                statement,
                source: Box::new(e),
            }
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
    if is_outage(code) {
        Error::unavailable(e)
    } else {
        Error::Statement {
            statement,
            source: Box::new(e),
        }
    }
}

/// `users.email` from `Key (email)=(..) already exists.`; the constraint's name where the server
/// does not say.
fn key(db: &DbError) -> String {
    let columns = db
        .detail()
        .and_then(|detail| detail.strip_prefix("Key ("))
        .and_then(|rest| rest.split_once(")="))
        .map(|(columns, _)| columns);
    match (db.table(), columns) {
        (Some(table), Some(columns)) => columns
            .split(", ")
            .map(|column| format!("{table}.{column}"))
            .collect::<Vec<_>>()
            .join(", "),
        _ => db.constraint().unwrap_or("unknown").to_owned(),
    }
}

/// Raised by the application: `RAISE EXCEPTION` (P0001), PostgREST's `PTnnn`, checks, and the
/// not-null and exclusion constraints that an application may have added.
fn is_raised(code: &SqlState) -> bool {
    *code == SqlState::RAISE_EXCEPTION
        || code.code().starts_with("PT")
        || *code == SqlState::CHECK_VIOLATION
        || *code == SqlState::NOT_NULL_VIOLATION
        || *code == SqlState::EXCLUSION_VIOLATION
}

/// Connection (08), resources (53), operator intervention (57), system (58), read-only (25006),
/// serialization and deadlock (40): later may be better.
fn is_outage(code: &SqlState) -> bool {
    let class = code.code().get(..2).unwrap_or_default();
    matches!(class, "08" | "53" | "57" | "58" | "40")
        || *code == SqlState::READ_ONLY_SQL_TRANSACTION
        || *code == SqlState::LOCK_NOT_AVAILABLE
        || *code == SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT
}
