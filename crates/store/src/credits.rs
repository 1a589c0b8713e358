//! The ledger of every user's credits: entries are only added, the last has the balance.

use crate::db::{Read, Row, Tx, params, statements};
use crate::error::Result;
use crate::profiles;
use std::time::Duration;
use types::{CreditEntryId, Time, UserId};

statements! {
    Command INSERT = "
        INSERT INTO credit_entries (id, user_id, amount, balance_after, reason, reference, actor,
            created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    Query LAST = "
        SELECT id, user_id, amount, balance_after, reason, reference, actor, created_at
        FROM credit_entries WHERE user_id = $1
        ORDER BY created_at DESC, id DESC LIMIT 1";
    Query OF_REFERENCE = "
        SELECT id, user_id, amount, balance_after, reason, reference, actor, created_at
        FROM credit_entries WHERE user_id = $1 AND reference = $2";
}

/// The reference of the entry that opens a ledger.
pub const OPENING: &str = "opening";

/// One booking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The primary key.
    pub id: CreditEntryId,
    /// Whose credits they are.
    pub user_id: UserId,
    /// Credits given; taken where negative.
    pub amount: i64,
    /// Credits that the user has after this entry; never negative.
    pub balance_after: i64,
    /// What the user is told.
    pub reason: String,
    /// The cause, where it may be booked once per user only.
    pub reference: Option<String>,
    /// Who booked it: `system`, an administrator, a service.
    pub actor: String,
    /// When it was booked; strictly later than the entry before it.
    pub created_at: Time,
}

/// What is to be booked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Booking<'a> {
    /// The id of the entry.
    pub id: CreditEntryId,
    /// Whose credits they are.
    pub user_id: UserId,
    /// Credits to give; to take where negative.
    pub amount: i64,
    /// What the user is told.
    pub reason: &'a str,
    /// The cause, where it may be booked once per user only.
    pub reference: Option<&'a str>,
    /// Who books it.
    pub actor: &'a str,
    /// When.
    pub at: Time,
}

/// What came of a booking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Booked {
    /// It was added.
    Added(Entry),
    /// Its reference was booked before, by this entry; nothing was added.
    Before(Entry),
    /// It would leave less than nothing, or more than can be counted; nothing was added.
    OutOfRange {
        /// The balance as it is.
        balance: i64,
    },
    /// The user has no profile, and so no credits.
    NoProfile,
}

/// Opens the ledger of a user whose profile is made in the same transaction. Fails with a duplicate
/// of `credit_entries.user_id, credit_entries.reference` where it was opened before.
pub fn open(tx: &mut Tx, booking: Booking<'_>) {
    let opening = Booking {
        reference: Some(OPENING),
        ..booking
    };
    insert(tx, opening, opening.amount, opening.at);
}

/// Adds an entry with the balance that results. Bookings of one user take turns: each locks the
/// user's profile first, on both engines.
pub async fn append(tx: &mut Tx, booking: Booking<'_>) -> Result<Booked> {
    if profiles::lock(tx, booking.user_id).await?.is_none() {
        return Ok(Booked::NoProfile);
    }
    if let Some(reference) = booking.reference {
        let row = tx.row(OF_REFERENCE, params![booking.user_id, reference]);
        if let Some(row) = row.await? {
            return take(row).map(Booked::Before);
        }
    }
    let last = last(tx, booking.user_id).await?;
    let balance = last.as_ref().map_or(0, |last| last.balance_after);
    let Some(balance_after) = balance.checked_add(booking.amount).filter(|sum| *sum >= 0) else {
        return Ok(Booked::OutOfRange { balance });
    };
    // Entries are ordered by time, and neither clocks of several servers nor two bookings of one
    // request may bring them out of order.
    let after_last = last.map(|last| last.created_at + Duration::from_micros(1));
    let at = after_last.map_or(booking.at, |earliest| earliest.max(booking.at));
    insert(tx, booking, balance_after, at);
    Ok(Booked::Added(Entry {
        id: booking.id,
        user_id: booking.user_id,
        amount: booking.amount,
        balance_after,
        reason: booking.reason.to_owned(),
        reference: booking.reference.map(str::to_owned),
        actor: booking.actor.to_owned(),
        created_at: at,
    }))
}

/// The credits that a user has.
pub async fn balance(db: &mut impl Read, user: UserId) -> Result<i64> {
    Ok(last(db, user).await?.map_or(0, |last| last.balance_after))
}

async fn last(db: &mut impl Read, user: UserId) -> Result<Option<Entry>> {
    let row = db.row(LAST, params![user]).await?;
    row.map(take).transpose()
}

fn insert(tx: &mut Tx, booking: Booking<'_>, balance_after: i64, at: Time) {
    let params = params![
        booking.id,
        booking.user_id,
        booking.amount,
        balance_after,
        booking.reason,
        booking.reference,
        booking.actor,
        at,
    ];
    tx.queue(INSERT, params);
}

fn take(mut row: Row) -> Result<Entry> {
    Ok(Entry {
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
