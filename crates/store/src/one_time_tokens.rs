//! `auth.one_time_tokens`: what a link or a mailed code is checked against.

use crate::db::{Read, Row, Tx, Value, params, statements};
use crate::error::Result;
use types::{OneTimeTokenId, Time, UserId};

statements! {
    Command INSERT = "
        INSERT INTO one_time_tokens (id, user_id, token_type, token_hash, relates_to, created_at,
            updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $6)";
    Query FIND = "
        SELECT o.user_id, o.token_type, o.token_hash, o.relates_to, u.aud
        FROM one_time_tokens o JOIN users u ON u.id = o.user_id
        WHERE o.token_hash IN ($1, $2, $3, $4)";
    Command SPEND = "
        DELETE FROM one_time_tokens WHERE user_id = $1 AND token_type = $2 AND token_hash = $3
        RETURNING id";
    Command DELETE_TYPE = "DELETE FROM one_time_tokens WHERE user_id = $1 AND token_type = $2";
    Command DELETE_ALL = "DELETE FROM one_time_tokens WHERE user_id = $1";
}

/// What a token is for, by GoTrue's names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenType {
    /// Confirms a new account or accepts an invitation.
    Confirmation,
    /// Allows one sensitive change.
    Reauthentication,
    /// Recovers an account or signs in.
    Recovery,
    /// Confirms a change from the new address.
    EmailChangeNew,
    /// Confirms a change from the current address.
    EmailChangeCurrent,
    /// Confirms a change of number.
    PhoneChange,
}

impl TokenType {
    /// The label of the enum in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Confirmation => "confirmation_token",
            Self::Reauthentication => "reauthentication_token",
            Self::Recovery => "recovery_token",
            Self::EmailChangeNew => "email_change_token_new",
            Self::EmailChangeCurrent => "email_change_token_current",
            Self::PhoneChange => "phone_change_token",
        }
    }

    fn parse(label: &str) -> Option<Self> {
        [
            Self::Confirmation,
            Self::Reauthentication,
            Self::Recovery,
            Self::EmailChangeNew,
            Self::EmailChangeCurrent,
            Self::PhoneChange,
        ]
        .into_iter()
        .find(|kind| kind.as_str() == label)
    }
}

/// A pending token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OneTimeToken {
    /// Whom it belongs to.
    pub user_id: UserId,
    /// What it is for.
    pub token_type: TokenType,
    /// What a link carries.
    pub hash: String,
    /// The address or number that it was sent to.
    pub relates_to: String,
    /// The audience that its user belongs to.
    pub audience: String,
}

/// Replaces the user's pending token of this type.
pub fn put(
    tx: &mut Tx,
    id: OneTimeTokenId,
    user: UserId,
    token_type: TokenType,
    hash: &str,
    relates_to: &str,
    at: Time,
) {
    tx.queue(DELETE_TYPE, params![user, token_type.as_str()]);
    tx.queue(
        INSERT,
        params![id, user, token_type.as_str(), hash, relates_to, at],
    );
}

/// The pending tokens with one of these hashes, those that one code may have: one token, but for a
/// collision of two users' codes.
pub async fn find(db: &mut impl Read, hashes: [&str; 4]) -> Result<Vec<OneTimeToken>> {
    let rows = db.rows(FIND, hashes.map(Value::from).into()).await?;
    rows.into_iter()
        .filter_map(|row| take(row).transpose())
        .collect()
}

/// Spends a token; false when someone else spent it first.
pub async fn spend(tx: &mut Tx, user: UserId, token_type: TokenType, hash: &str) -> Result<bool> {
    Ok(tx
        .returning(SPEND, params![user, token_type.as_str(), hash])
        .await?
        .is_some())
}

/// Removes the user's pending token of one type.
pub fn delete_type(tx: &mut Tx, user: UserId, token_type: TokenType) {
    tx.queue(DELETE_TYPE, params![user, token_type.as_str()]);
}

/// Removes all pending tokens of a user.
pub fn delete_all(tx: &mut Tx, user: UserId) {
    tx.queue(DELETE_ALL, params![user]);
}

/// A token of a type that only a newer server knows is not ours to spend.
fn take(mut row: Row) -> Result<Option<OneTimeToken>> {
    let user_id = row.take()?;
    let label: String = row.take()?;
    let hash = row.take()?;
    let relates_to = row.take()?;
    let audience = row.take::<Option<String>>()?.unwrap_or_default();
    Ok(TokenType::parse(&label).map(|token_type| OneTimeToken {
        user_id,
        token_type,
        hash,
        relates_to,
        audience,
    }))
}
