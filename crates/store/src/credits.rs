//! `credit_entries`: the append-only ledger of every user's credits.

use crate::db::{Read, Row, Tx, params, statements};
use crate::error::Result;
use types::{CreditEntryId, Time, UserId};

statements! {
    Command OPEN = "
        INSERT INTO credit_entries (id, user_id, amount, balance_after, reason, reference, actor,
            created_at)
        VALUES ($1, $2, $3, $3, 'opening', 'opening', 'system', $4)
        ON CONFLICT (user_id, reference) DO NOTHING
        RETURNING id";
    Query LIST_OF_USER = "
        SELECT id, user_id, amount, balance_after, reason, reference, actor, created_at
        FROM credit_entries WHERE user_id = $1
        ORDER BY created_at DESC, id DESC LIMIT $2";
}

/// One entry of the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreditEntry {
    /// The primary key.
    pub id: CreditEntryId,
    /// Whose credits.
    pub user_id: UserId,
    /// What was added; less than zero where it was taken.
    pub amount: i64,
    /// The balance after this entry; never less than zero.
    pub balance_after: i64,
    /// What for.
    pub reason: String,
    /// The cause, which is booked only once per user.
    pub reference: Option<String>,
    /// Who booked it.
    pub actor: String,
    /// When.
    pub created_at: Time,
}

/// Books the credits that an account begins with, which happens once in a user's life; false
/// when they were booked before. Concurrent openings wait for each other: one of them books.
pub async fn open(
    tx: &mut Tx,
    id: CreditEntryId,
    user: UserId,
    amount: i64,
    at: Time,
) -> Result<bool> {
    Ok(tx
        .returning(OPEN, params![id, user, amount, at])
        .await?
        .is_some())
}

/// The newest entries of a user's ledger, newest first.
pub async fn list_of_user(
    db: &mut impl Read,
    user: UserId,
    limit: i64,
) -> Result<Vec<CreditEntry>> {
    let rows = db.rows(LIST_OF_USER, params![user, limit]).await?;
    rows.into_iter().map(take).collect()
}

fn take(mut row: Row) -> Result<CreditEntry> {
    Ok(CreditEntry {
        id: row.take()?,
        user_id: row.take()?,
        amount: row.take()?,
        balance_after: row.take()?,
        reason: row.take()?,
        reference: row.take()?,
        actor: row.take()?,
        created_at: row.take()?,
    })
}
