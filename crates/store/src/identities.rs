//! `auth.identities`: the ways in which a user proves who they are.

use crate::db::{Read, Row, Tx, params, statements};
use crate::error::Result;
use serde_json::{Map, Value as Json};
use types::{Email, IdentityId, Time, UserId};

statements! {
    Command INSERT = "
        INSERT INTO identities (provider_id, user_id, identity_data, provider, last_sign_in_at,
            created_at, updated_at, id)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    Command SAVE = "
        UPDATE identities
        SET provider_id = $1, identity_data = $3, last_sign_in_at = $4, updated_at = $5
        WHERE id = $2";
    Query HOLDER_OF_EMAIL = "
        SELECT i.user_id FROM identities i JOIN users u ON u.id = i.user_id
        WHERE i.email = $1 AND u.aud = $2 AND i.user_id <> $3 AND i.provider NOT LIKE 'sso:%'
        LIMIT 1";
    Command DELETE = "DELETE FROM identities WHERE id = $1 AND user_id = $2";
}

/// One identity of a user.
#[derive(Debug, Clone, PartialEq)]
pub struct Identity {
    /// The primary key, `identity_id` on the wire.
    pub id: IdentityId,
    /// The user's id at the provider; for e-mail and phone the user's own id.
    pub provider_id: String,
    /// Whose identity it is.
    pub user_id: UserId,
    /// `email`, `phone`, or a provider's name.
    pub provider: String,
    /// What the provider says about the user.
    pub data: Map<String, Json>,
    /// When it was last used.
    pub last_sign_in_at: Option<Time>,
    /// When it was made.
    pub created_at: Option<Time>,
    /// When it was last changed.
    pub updated_at: Option<Time>,
}

impl Identity {
    /// How many columns [`Identity::take`] reads behind the id.
    pub(crate) const COLUMNS: usize = 8;

    /// The address in the provider's data, in lower case, as the generated column has it.
    pub fn email(&self) -> Option<String> {
        self.data
            .get("email")
            .and_then(Json::as_str)
            .map(str::to_lowercase)
    }

    pub(crate) fn take(id: IdentityId, row: &mut Row) -> Result<Self> {
        Ok(Self {
            id,
            provider_id: row.take()?,
            user_id: row.take()?,
            data: row.take()?,
            provider: row.take()?,
            last_sign_in_at: row.take()?,
            created_at: row.take()?,
            updated_at: row.take()?,
        })
    }
}

/// Adds an identity. Fails with a duplicate of `identities.provider_id, identities.provider`.
pub fn insert(tx: &mut Tx, identity: &Identity) {
    let params = params![
        identity.provider_id.as_str(),
        identity.user_id,
        &identity.data,
        identity.provider.as_str(),
        identity.last_sign_in_at,
        identity.created_at,
        identity.updated_at,
        identity.id,
    ];
    tx.queue(INSERT, params);
}

/// Writes what can change in an identity.
pub fn save(tx: &mut Tx, identity: &Identity) {
    let params = params![
        identity.provider_id.as_str(),
        identity.id,
        &identity.data,
        identity.last_sign_in_at,
        identity.updated_at,
    ];
    tx.queue(SAVE, params);
}

/// Who, other than `but`, has an identity with this address among the users of `audience`. Single
/// sign-on lives apart: its addresses may repeat.
pub async fn holder_of_email(
    db: &mut impl Read,
    email: &Email,
    audience: &str,
    but: UserId,
) -> Result<Option<UserId>> {
    let params = params![email.as_str(), audience, but];
    let row = db.row(HOLDER_OF_EMAIL, params).await?;
    row.map(|mut row| row.take()).transpose()
}

/// Removes one identity of a user; false when there was none.
pub async fn delete(tx: &mut Tx, id: IdentityId, user: UserId) -> Result<bool> {
    Ok(tx.execute(DELETE, params![id, user]).await? > 0)
}
