//! Our own audit trail, read: what happened to accounts that GoTrue's log has no word for. Written
//! by [`crate::audit::append`].

use crate::db::{Read, Row, params, statements};
use crate::error::Result;
use serde_json::Value as Json;
use types::{AuditEntryId, Time, UserId};
use uuid::Uuid;

statements! {
    Query LIST = "
        SELECT id, at, event, actor_id, subject_id, request_id, ip, detail
        FROM events WHERE (at, id) < ($1, $2)
        ORDER BY at DESC, id DESC LIMIT $3";
    Query LIST_OF_SUBJECT = "
        SELECT id, at, event, actor_id, subject_id, request_id, ip, detail
        FROM events WHERE subject_id = $1 AND (at, id) < ($2, $3)
        ORDER BY at DESC, id DESC LIMIT $4";
}

/// One line of the trail.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// The primary key.
    pub id: AuditEntryId,
    /// When it happened.
    pub at: Time,
    /// What happened, by the name in `types::audit`.
    pub event: String,
    /// Who did it; `None`: nobody with an account.
    pub actor_id: Option<UserId>,
    /// Whom it concerns.
    pub subject_id: Option<UserId>,
    /// The request in which it happened.
    pub request_id: String,
    /// From which address.
    pub ip: Option<String>,
    /// Further facts.
    pub detail: Json,
}

/// Where a list goes on: behind this line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// When the line was written.
    pub at: Time,
    /// Its id.
    pub id: AuditEntryId,
}

impl Cursor {
    /// Before the newest line.
    pub const START: Self = Self {
        at: Time(i64::MAX),
        id: AuditEntryId(Uuid::max()),
    };
}

impl Event {
    /// Where a list goes on behind this line.
    pub const fn cursor(&self) -> Cursor {
        Cursor {
            at: self.at,
            id: self.id,
        }
    }
}

/// Up to `limit` lines behind `after`, newest first.
pub async fn list(db: &mut impl Read, after: Cursor, limit: i64) -> Result<Vec<Event>> {
    let rows = db.rows(LIST, params![after.at, after.id, limit]).await?;
    rows.into_iter().map(take).collect()
}

/// Up to `limit` lines that concern a user behind `after`, newest first.
pub async fn list_of_subject(
    db: &mut impl Read,
    subject: UserId,
    after: Cursor,
    limit: i64,
) -> Result<Vec<Event>> {
    let params = params![subject, after.at, after.id, limit];
    let rows = db.rows(LIST_OF_SUBJECT, params).await?;
    rows.into_iter().map(take).collect()
}

fn take(mut row: Row) -> Result<Event> {
    Ok(Event {
        id: row.take()?,
        at: row.take()?,
        event: row.take()?,
        actor_id: row.take()?,
        subject_id: row.take()?,
        request_id: row.take()?,
        ip: row.take()?,
        detail: row.take()?,
    })
}
