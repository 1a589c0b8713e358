//! The audit log: each event is written in the transaction of the change that it describes.

use crate::db::{Read, Tx, params, statements};
use crate::error::Result;
use serde_json::{Map, Value as Json};
use std::time::Duration;
use types::audit::{Destination, Event};
use types::{AuditEntryId, Call, Entropy, Time, UserId};
use uuid::Uuid;

statements! {
    Command INSERT_GOTRUE = "
        INSERT INTO audit_log_entries (instance_id, id, payload, created_at, ip_address)
        VALUES ($1, $2, $3, $4, $5)";
    Command INSERT_GOTRUE_TWO scan "only the two rows that it brings" = "
        INSERT INTO audit_log_entries (instance_id, id, payload, created_at, ip_address)
        VALUES ($1, $2, $4, $6, $7), ($1, $3, $5, $6, $7)";
    Command INSERT_OURS = "
        INSERT INTO events (id, at, event, actor_id, subject_id, request_id, ip, detail)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    Query LIST scan "GoTrue's table has no index on created_at" = {
        sqlite: "
            SELECT id, payload, created_at, ip_address FROM audit_log_entries
            WHERE instance_id = $1
                AND ($2 IS NULL
                    OR lower(json_extract(payload, '$.actor_username')) LIKE $2 ESCAPE '\\'
                    OR lower(json_extract(payload, '$.actor_name')) LIKE $2 ESCAPE '\\')
                AND ($3 IS NULL OR lower(json_extract(payload, '$.action')) LIKE $3 ESCAPE '\\')
                AND ($4 IS NULL OR lower(json_extract(payload, '$.log_type')) LIKE $4 ESCAPE '\\')
            ORDER BY created_at DESC, id DESC LIMIT $5 OFFSET $6",
        postgres: "
            SELECT id, payload, created_at, ip_address FROM audit_log_entries
            WHERE instance_id = $1
                AND (CAST($2 AS TEXT) IS NULL
                    OR lower(payload->>'actor_username') LIKE $2 ESCAPE '\\'
                    OR lower(payload->>'actor_name') LIKE $2 ESCAPE '\\')
                AND (CAST($3 AS TEXT) IS NULL OR lower(payload->>'action') LIKE $3 ESCAPE '\\')
                AND (CAST($4 AS TEXT) IS NULL OR lower(payload->>'log_type') LIKE $4 ESCAPE '\\')
            ORDER BY created_at DESC, id DESC LIMIT $5 OFFSET $6",
    };
    Query COUNT scan "GoTrue's table has no index on created_at" = {
        sqlite: "
            SELECT count(*) FROM audit_log_entries
            WHERE instance_id = $1
                AND ($2 IS NULL
                    OR lower(json_extract(payload, '$.actor_username')) LIKE $2 ESCAPE '\\'
                    OR lower(json_extract(payload, '$.actor_name')) LIKE $2 ESCAPE '\\')
                AND ($3 IS NULL OR lower(json_extract(payload, '$.action')) LIKE $3 ESCAPE '\\')
                AND ($4 IS NULL OR lower(json_extract(payload, '$.log_type')) LIKE $4 ESCAPE '\\')",
        postgres: "
            SELECT count(*) FROM audit_log_entries
            WHERE instance_id = $1
                AND (CAST($2 AS TEXT) IS NULL
                    OR lower(payload->>'actor_username') LIKE $2 ESCAPE '\\'
                    OR lower(payload->>'actor_name') LIKE $2 ESCAPE '\\')
                AND (CAST($3 AS TEXT) IS NULL OR lower(payload->>'action') LIKE $3 ESCAPE '\\')
                AND (CAST($4 AS TEXT) IS NULL OR lower(payload->>'log_type') LIKE $4 ESCAPE '\\')",
    };
}

/// Who did it, as the audit log names them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The user's id; the nil id for an administrator without a user.
    pub id: Uuid,
    /// Address, number, or an administrator's role.
    pub username: String,
    /// The full name in the user's metadata.
    pub name: Option<String>,
    /// The user came from single sign-on.
    pub via_sso: bool,
}

/// One line to be written.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// What happened.
    pub event: Event,
    /// Who did it.
    pub actor: Actor,
    /// Whom it happened to, where that is somebody else or nobody did it.
    pub subject: Option<UserId>,
    /// Further facts; never a secret.
    pub traits: Map<String, Json>,
}

/// One line of GoTrue's log, as its administrators read it.
#[derive(Debug, Clone, PartialEq)]
pub struct LoggedEntry {
    /// The primary key.
    pub id: AuditEntryId,
    /// Action, actor, log type and traits.
    pub payload: Json,
    /// When.
    pub created_at: Time,
    /// From where; may be empty.
    pub ip_address: String,
}

/// What to look for in GoTrue's log: lower-case `LIKE` patterns, `\` before what is literal.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// In the actor's user name or name.
    pub author: Option<String>,
    /// In the action.
    pub action: Option<String>,
    /// In the log type.
    pub log_type: Option<String>,
}

/// Writes one line, in the log that knows the event. Lines of one request are a microsecond apart,
/// so that they are read in the order in which they were written.
pub fn append(tx: &mut Tx, call: &Call, entropy: &dyn Entropy, entry: &Entry) {
    let id = AuditEntryId::random(entropy);
    let ip = call.origin.ip.map(|ip| ip.to_string());
    let at = call.now + Duration::from_micros(call.cost.add_audit_line());
    match entry.event.destination() {
        Destination::GoTrue { action, log_type } => {
            let payload = payload(entry, action, log_type);
            let ip = ip.filter(|_| entry.event.tells_address());
            let ip = ip.unwrap_or_default();
            tx.queue(INSERT_GOTRUE, params![Uuid::nil(), id, &payload, at, ip]);
        }
        Destination::Ours(name) => {
            let actor = (!entry.actor.id.is_nil()).then_some(entry.actor.id);
            let request = call.id.to_string();
            let detail = &entry.traits;
            tx.queue(
                INSERT_OURS,
                params![id, at, name, actor, entry.subject, request, ip, detail],
            );
        }
    }
}

/// Writes two lines of one kind in one statement, where GoTrue's log knows both events.
pub fn append_both(tx: &mut Tx, call: &Call, entropy: &dyn Entropy, first: &Entry, second: &Entry) {
    let (Some(one), Some(other)) = (gotrue_payload(first), gotrue_payload(second)) else {
        append(tx, call, entropy, first);
        return append(tx, call, entropy, second);
    };
    let id = || AuditEntryId::random(entropy);
    let ip = call.origin.ip.filter(|_| first.event.tells_address());
    let ip = ip.map(|ip| ip.to_string()).unwrap_or_default();
    let params = params![Uuid::nil(), id(), id(), &one, &other, call.now, ip];
    tx.queue(INSERT_GOTRUE_TWO, params);
}

fn gotrue_payload(entry: &Entry) -> Option<Map<String, Json>> {
    match entry.event.destination() {
        Destination::GoTrue { action, log_type } => Some(payload(entry, action, log_type)),
        Destination::Ours(_) => None,
    }
}

fn payload(entry: &Entry, action: &str, log_type: &str) -> Map<String, Json> {
    let mut payload = Map::new();
    payload.insert("action".to_owned(), action.into());
    payload.insert("actor_id".to_owned(), entry.actor.id.to_string().into());
    if let Some(name) = &entry.actor.name {
        payload.insert("actor_name".to_owned(), name.as_str().into());
    }
    payload.insert(
        "actor_username".to_owned(),
        entry.actor.username.as_str().into(),
    );
    payload.insert("actor_via_sso".to_owned(), entry.actor.via_sso.into());
    payload.insert("log_type".to_owned(), log_type.into());
    if !entry.traits.is_empty() {
        payload.insert("traits".to_owned(), Json::Object(entry.traits.clone()));
    }
    payload
}

/// A page of GoTrue's log, newest first.
pub async fn list(
    db: &mut impl Read,
    filter: &Filter,
    limit: i64,
    offset: i64,
) -> Result<Vec<LoggedEntry>> {
    let params = params![
        Uuid::nil(),
        filter.author.as_deref(),
        filter.action.as_deref(),
        filter.log_type.as_deref(),
        limit,
        offset,
    ];
    let rows = db.rows(LIST, params).await?;
    rows.into_iter()
        .map(|mut row| {
            Ok(LoggedEntry {
                id: row.take()?,
                payload: row.take::<Option<_>>()?.unwrap_or(Json::Null),
                created_at: row.take::<Option<_>>()?.unwrap_or(Time(0)),
                ip_address: row.take()?,
            })
        })
        .collect()
}

/// How many lines match.
pub async fn count(db: &mut impl Read, filter: &Filter) -> Result<i64> {
    let params = params![
        Uuid::nil(),
        filter.author.as_deref(),
        filter.action.as_deref(),
        filter.log_type.as_deref(),
    ];
    let row = db.row(COUNT, params).await?;
    row.map_or(Ok(0), |mut row| row.take())
}
