//! Rows that have had their day: found by age and removed a few at a time.
//!
//! Of several servers that clean up at once each takes other rows, and none waits for a row that
//! somebody uses.

use crate::db::{Command, Read, Tx, params, statements};
use crate::error::Result;
use types::{FactorId, Time};

/// Removes the oldest rows of a table that were made before `$1`, at most `$2` of them.
macro_rules! oldest {
    (sqlite, $table:literal, $and:literal) => {
        concat!(
            "DELETE FROM ",
            $table,
            " WHERE id IN (SELECT r.id FROM ",
            $table,
            " r WHERE r.created_at < $1",
            $and,
            " ORDER BY r.created_at LIMIT $2)"
        )
    };
    (postgres, $table:literal, $and:literal) => {
        concat!(
            "WITH old AS MATERIALIZED (SELECT r.id FROM ",
            $table,
            " r WHERE r.created_at < $1",
            $and,
            " ORDER BY r.created_at LIMIT $2 FOR UPDATE SKIP LOCKED) DELETE FROM ",
            $table,
            " USING old WHERE ",
            $table,
            ".id = old.id"
        )
    };
}

statements! {
    Command FLOWS = {
        sqlite: oldest!(sqlite, "flow_state", ""),
        postgres: oldest!(postgres, "flow_state", ""),
    };
    Command CLIENT_STATES = {
        sqlite: oldest!(sqlite, "oauth_client_states", ""),
        postgres: oldest!(postgres, "oauth_client_states", ""),
    };
    Command CHALLENGES = {
        sqlite: oldest!(sqlite, "mfa_challenges", ""),
        postgres: oldest!(postgres, "mfa_challenges", ""),
    };
    Command MAILS = {
        sqlite: oldest!(sqlite, "outbox", " AND r.sent_at < $1"),
        postgres: oldest!(postgres, "outbox", " AND r.sent_at < $1"),
    };
    Command DEAD_LETTERS = {
        sqlite: oldest!(sqlite, "outbox", " AND r.dead_at < $1"),
        postgres: oldest!(postgres, "outbox", " AND r.dead_at < $1"),
    };
    Command STEPS = {
        sqlite: "
            DELETE FROM totp_uses WHERE (factor_id, step) IN (
                SELECT t.factor_id, t.step FROM totp_uses t WHERE t.used_at < $1
                ORDER BY t.used_at LIMIT $2)",
        postgres: "
            WITH old AS MATERIALIZED (
                SELECT t.factor_id, t.step FROM totp_uses t WHERE t.used_at < $1
                ORDER BY t.used_at LIMIT $2
                FOR UPDATE SKIP LOCKED)
            DELETE FROM totp_uses USING old
            WHERE totp_uses.factor_id = old.factor_id AND totp_uses.step = old.step",
    };
    Query ENROLMENTS = "
        SELECT id, status = 'unverified' AND created_at < $2
        FROM mfa_factors WHERE id > $1 ORDER BY id LIMIT $3";
    Command ENROLMENT = "
        DELETE FROM mfa_factors WHERE id = $1 AND status = 'unverified' AND created_at < $2";
}

/// A kind of row that is of no use after some time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Sign-ins that were begun (`flow_state`).
    Flows,
    /// What such a sign-in keeps for its provider (`oauth_client_states`).
    ClientStates,
    /// Questions put to second factors (`mfa_challenges`).
    Challenges,
    /// Codes of second factors that were spent (`totp_uses`).
    Steps,
    /// Messages that have left (`outbox`).
    Mails,
    /// Messages that were given up, with the codes and links in them (`outbox`).
    DeadLetters,
}

impl Kind {
    const fn statement(self) -> Command {
        match self {
            Self::Flows => FLOWS,
            Self::ClientStates => CLIENT_STATES,
            Self::Challenges => CHALLENGES,
            Self::Steps => STEPS,
            Self::Mails => MAILS,
            Self::DeadLetters => DEAD_LETTERS,
        }
    }
}

/// Removes up to `limit` rows from before `before`, the oldest first; how many.
pub async fn remove(tx: &mut Tx, kind: Kind, before: Time, limit: i64) -> Result<u64> {
    tx.execute(kind.statement(), params![before, limit]).await
}

/// A stretch of all factors in the order of their ids, behind `after`: each with whether its
/// enrolment began before `before` and was not finished. There is no index on that, so whoever
/// cleans up walks through the table a stretch at a time.
pub async fn enrolments(
    db: &mut impl Read,
    after: FactorId,
    before: Time,
    limit: i64,
) -> Result<Vec<(FactorId, bool)>> {
    let rows = db.rows(ENROLMENTS, params![after, before, limit]).await?;
    rows.into_iter()
        .map(|mut row| Ok((row.take()?, row.take()?)))
        .collect()
}

/// Removes a factor, unless its enrolment began later or was finished meanwhile.
pub fn remove_enrolment(tx: &mut Tx, factor: FactorId, before: Time) {
    tx.queue(ENROLMENT, params![factor, before]);
}
