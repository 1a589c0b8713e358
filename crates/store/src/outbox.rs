//! Mail that must leave: written in the transaction of the change, sent after its commit.

use crate::db::{Read, Row, Tx, params, statements};
use crate::error::Result;
use types::{MailId, Time, UserId};

statements! {
    Command INSERT = "
        INSERT INTO outbox (id, kind, recipient, subject, body_text, body_html, headers, user_id,
            created_at, not_before, attempts)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, 0)";
    Command CLAIM = {
        sqlite: "
            UPDATE outbox SET claimed_by = $2, claimed_until = $3
            WHERE id IN (
                SELECT o.id FROM outbox o
                WHERE o.sent_at IS NULL AND o.dead_at IS NULL AND o.not_before <= $1
                    AND (o.claimed_until IS NULL OR o.claimed_until < $1)
                ORDER BY o.not_before, o.id LIMIT $4)
            RETURNING id, kind, recipient, subject, body_text, body_html, user_id, created_at,
                attempts",
        postgres: "
            WITH due AS MATERIALIZED (
                SELECT o.id FROM outbox o
                WHERE o.sent_at IS NULL AND o.dead_at IS NULL AND o.not_before <= $1
                    AND (o.claimed_until IS NULL OR o.claimed_until < $1)
                ORDER BY o.not_before, o.id LIMIT $4
                FOR UPDATE SKIP LOCKED)
            UPDATE outbox SET claimed_by = $2, claimed_until = $3
            FROM due WHERE outbox.id = due.id
            RETURNING outbox.id, kind, recipient, subject, body_text, body_html, user_id,
                created_at, attempts",
    };
    Command SENT = "
        UPDATE outbox
        SET sent_at = $3, attempts = attempts + 1, claimed_by = NULL, claimed_until = NULL
        WHERE id = $1 AND claimed_by = $2";
    Command SENT_AND_WIPED = "
        UPDATE outbox
        SET sent_at = $3, attempts = attempts + 1, claimed_by = NULL, claimed_until = NULL,
            subject = '', body_text = '', body_html = ''
        WHERE id = $1 AND claimed_by = $2";
    Command RETRY = "
        UPDATE outbox
        SET not_before = $3, attempts = attempts + 1, last_error = $4, claimed_by = NULL,
            claimed_until = NULL
        WHERE id = $1 AND claimed_by = $2";
    Command DEAD = "
        UPDATE outbox
        SET dead_at = $3, attempts = attempts + 1, last_error = $4, claimed_by = NULL,
            claimed_until = NULL
        WHERE id = $1 AND claimed_by = $2";
    Command RELEASE = "
        UPDATE outbox SET claimed_by = NULL, claimed_until = NULL
        WHERE id = $1 AND claimed_by = $2";
    Command REVIVE = "
        UPDATE outbox SET dead_at = NULL, attempts = 0, not_before = $2
        WHERE id = $1 AND dead_at IS NOT NULL";
    Command REVIVE_ALL scan "an administrator's order, now and then" = "
        UPDATE outbox SET dead_at = NULL, attempts = 0, not_before = $1
        WHERE dead_at IS NOT NULL";
    Command WITHDRAW = "DELETE FROM outbox WHERE id = $1";
    Query LIST = "
        SELECT id, kind, recipient, subject, body_text, body_html, user_id, created_at, attempts
        FROM outbox ORDER BY created_at DESC, id LIMIT $1";
    Query LIST_DEAD scan "an administrator's look at mail that could not be sent" = "
        SELECT id, kind, recipient, created_at, dead_at, attempts, last_error
        FROM outbox WHERE dead_at IS NOT NULL ORDER BY created_at DESC, id LIMIT $1";
}

/// A message to one recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The primary key, the left part of the `Message-ID`.
    pub id: MailId,
    /// What kind of message it is, by GoTrue's name.
    pub kind: String,
    /// The recipient's address.
    pub recipient: String,
    /// The subject.
    pub subject: String,
    /// The plain text body.
    pub text: String,
    /// The HTML body.
    pub html: String,
    /// Whom it concerns.
    pub user_id: Option<UserId>,
    /// When it was written.
    pub created_at: Time,
    /// How often sending it was tried.
    pub attempts: i64,
}

/// A message that was given up. What it says stays in the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// The primary key.
    pub id: MailId,
    /// What kind of message it is, by GoTrue's name.
    pub kind: String,
    /// The recipient's address.
    pub recipient: String,
    /// When it was written.
    pub created_at: Time,
    /// When it was given up.
    pub dead_at: Time,
    /// How often sending it was tried.
    pub attempts: i64,
    /// What the last attempt ended with.
    pub last_error: String,
}

/// Puts a message into the outbox.
pub fn put(tx: &mut Tx, message: &Message) {
    let no_headers: Option<String> = None;
    let params = params![
        message.id,
        message.kind.as_str(),
        message.recipient.as_str(),
        message.subject.as_str(),
        message.text.as_str(),
        message.html.as_str(),
        no_headers,
        message.user_id,
        message.created_at,
    ];
    tx.queue(INSERT, params);
}

/// Takes a message back that the same transaction has put into the outbox: it was never there.
pub fn withdraw(tx: &mut Tx, id: MailId) {
    tx.queue(WITHDRAW, params![id]);
}

/// Claims up to `limit` due messages for `node` until `until`; nobody else gets them before.
pub async fn claim(
    tx: &mut Tx,
    node: &str,
    now: Time,
    until: Time,
    limit: i64,
) -> Result<Vec<Message>> {
    let rows = tx
        .returning_all(CLAIM, params![now, node, until, limit])
        .await?;
    let mut messages: Vec<_> = rows.into_iter().map(take).collect::<Result<_>>()?;
    // A changing statement returns its rows in any order.
    messages.sort_by_key(|message| (message.created_at, message.id));
    Ok(messages)
}

/// Gives a claimed message back as if nobody had claimed it.
pub fn release(tx: &mut Tx, id: MailId, node: &str) {
    tx.queue(RELEASE, params![id, node]);
}

/// Notes that a claimed message has left, and forgets what it said: codes and links in it may
/// still be good, and some are in subjects.
pub fn sent_and_wiped(tx: &mut Tx, id: MailId, node: &str, at: Time) {
    tx.queue(SENT_AND_WIPED, params![id, node, at]);
}

/// Notes that a claimed message has arrived where it is kept.
pub fn sent(tx: &mut Tx, id: MailId, node: &str, at: Time) {
    tx.queue(SENT, params![id, node, at]);
}

/// Puts a claimed message back, to be tried again at `at`.
pub fn retry(tx: &mut Tx, id: MailId, node: &str, at: Time, error: &str) {
    tx.queue(RETRY, params![id, node, at, error]);
}

/// Gives a claimed message up.
pub fn give_up(tx: &mut Tx, id: MailId, node: &str, at: Time, error: &str) {
    tx.queue(DEAD, params![id, node, at, error]);
}

/// The newest messages, sent or not.
pub async fn list(db: &mut impl Read, limit: i64) -> Result<Vec<Message>> {
    db.rows(LIST, params![limit])
        .await?
        .into_iter()
        .map(take)
        .collect()
}

/// The newest messages that were given up.
pub async fn list_dead(db: &mut impl Read, limit: i64) -> Result<Vec<DeadLetter>> {
    let rows = db.rows(LIST_DEAD, params![limit]).await?;
    rows.into_iter()
        .map(|mut row| {
            Ok(DeadLetter {
                id: row.take()?,
                kind: row.take()?,
                recipient: row.take()?,
                created_at: row.take()?,
                dead_at: row.take()?,
                attempts: row.take()?,
                last_error: row.take::<Option<_>>()?.unwrap_or_default(),
            })
        })
        .collect()
}

/// Makes a message that was given up due at `at`, with all its attempts before it; false when
/// there is no such message.
pub async fn revive(tx: &mut Tx, id: MailId, at: Time) -> Result<bool> {
    Ok(tx.execute(REVIVE, params![id, at]).await? > 0)
}

/// Does so for every message that was given up; how many there were.
pub async fn revive_all(tx: &mut Tx, at: Time) -> Result<u64> {
    tx.execute(REVIVE_ALL, params![at]).await
}

fn take(mut row: Row) -> Result<Message> {
    Ok(Message {
        id: row.take()?,
        kind: row.take()?,
        recipient: row.take()?,
        subject: row.take()?,
        text: row.take()?,
        html: row.take()?,
        user_id: row.take()?,
        created_at: row.take()?,
        attempts: row.take()?,
    })
}
