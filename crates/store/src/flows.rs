//! `auth.flow_state`: sign-ins that begin in one place and end in another.

use crate::db::{Read, Row, Tx, params, statements};
use crate::error::Result;
use types::{FlowId, Time, UserId};
use uuid::Uuid;

statements! {
    Command INSERT = "
        INSERT INTO flow_state (id, user_id, auth_code, code_challenge_method, code_challenge,
            provider_type, provider_access_token, provider_refresh_token, created_at, updated_at,
            authentication_method, auth_code_issued_at, invite_token, referrer,
            linking_target_id, email_optional)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, $10, $11, $12, $13, $14, $15)";
    Command INSERT_CLIENT_STATE = "
        INSERT INTO oauth_client_states (id, provider_type, code_verifier, created_at)
        VALUES ($1, $2, $3, $4)";
    Command NAME_CLIENT_STATE = "
        UPDATE flow_state SET oauth_client_state_id = $2 WHERE id = $1";
    Query FIND_BY_CODE = "
        SELECT id, user_id, auth_code, code_challenge_method, code_challenge, provider_type,
            provider_access_token, provider_refresh_token, created_at, authentication_method,
            auth_code_issued_at, invite_token, referrer, linking_target_id, email_optional
        FROM flow_state WHERE auth_code = $1";
    Query FIND_OF_USER = "
        SELECT id, user_id, auth_code, code_challenge_method, code_challenge, provider_type,
            provider_access_token, provider_refresh_token, created_at, authentication_method,
            auth_code_issued_at, invite_token, referrer, linking_target_id, email_optional
        FROM flow_state WHERE user_id = $1 AND authentication_method = $2
        ORDER BY created_at DESC, id LIMIT 1";
    Command ISSUED = "
        UPDATE flow_state SET auth_code_issued_at = $2, updated_at = $2, user_id = $3
        WHERE id = $1";
    Command SPEND = "DELETE FROM flow_state WHERE id = $1 RETURNING id";
    Command DELETE_ALL_OF_USER = "DELETE FROM flow_state WHERE user_id = $1";
}

/// A sign-in under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flow {
    /// The primary key, OAuth's `state`.
    pub id: FlowId,
    /// Who signs in, once it is known.
    pub user_id: Option<UserId>,
    /// The code that is exchanged for a session (RFC 6749 section 4.1, RFC 7636).
    pub auth_code: Option<String>,
    /// `s256` or `plain`.
    pub code_challenge_method: Option<String>,
    /// The challenge that the exchange must answer.
    pub code_challenge: Option<String>,
    /// The provider's name, or the kind of link.
    pub provider_type: String,
    /// The provider's access token, handed out with the session.
    pub provider_access_token: Option<String>,
    /// The provider's refresh token, handed out with the session.
    pub provider_refresh_token: Option<String>,
    /// When the flow began.
    pub created_at: Time,
    /// How the user will have signed in, by GoTrue's name.
    pub authentication_method: String,
    /// When the code was issued.
    pub auth_code_issued_at: Option<Time>,
    /// The invitation that the sign-in accepts.
    pub invite_token: Option<String>,
    /// Where to send the user at the end.
    pub referrer: Option<String>,
    /// The user that the new identity is linked to.
    pub linking_target_id: Option<UserId>,
    /// An account without an address is accepted.
    pub email_optional: bool,
}

impl Flow {
    fn take(row: &mut Row) -> Result<Self> {
        Ok(Self {
            id: row.take()?,
            user_id: row.take()?,
            auth_code: row.take()?,
            code_challenge_method: row.take()?,
            code_challenge: row.take()?,
            provider_type: row.take()?,
            provider_access_token: row.take()?,
            provider_refresh_token: row.take()?,
            created_at: row.take::<Option<_>>()?.unwrap_or(Time(0)),
            authentication_method: row.take()?,
            auth_code_issued_at: row.take()?,
            invite_token: row.take()?,
            referrer: row.take()?,
            linking_target_id: row.take()?,
            email_optional: row.take()?,
        })
    }
}

/// Begins a flow.
pub fn insert(tx: &mut Tx, flow: &Flow) {
    let params = params![
        flow.id,
        flow.user_id,
        flow.auth_code.as_deref(),
        flow.code_challenge_method.as_deref(),
        flow.code_challenge.as_deref(),
        flow.provider_type.as_str(),
        flow.provider_access_token.as_deref(),
        flow.provider_refresh_token.as_deref(),
        flow.created_at,
        flow.authentication_method.as_str(),
        flow.auth_code_issued_at,
        flow.invite_token.as_deref(),
        flow.referrer.as_deref(),
        flow.linking_target_id,
        flow.email_optional,
    ];
    tx.queue(INSERT, params);
}

/// Keeps the verifier of the challenge that we ourselves gave to the provider of a flow, under
/// the id `state` (RFC 7636 with us as the client).
pub fn keep_verifier(tx: &mut Tx, flow: &Flow, state: Uuid, verifier: &str) {
    let provider = flow.provider_type.as_str();
    let params = params![state, provider, verifier, flow.created_at];
    tx.queue(INSERT_CLIENT_STATE, params);
    tx.queue(NAME_CLIENT_STATE, params![flow.id, state]);
}

/// The flow that ends with this code.
pub async fn find_by_code(db: &mut impl Read, code: &str) -> Result<Option<Flow>> {
    let row = db.row(FIND_BY_CODE, params![code]).await?;
    row.map(|mut row| Flow::take(&mut row)).transpose()
}

/// The newest flow of a user that will end by this method.
pub async fn find_of_user(db: &mut impl Read, user: UserId, method: &str) -> Result<Option<Flow>> {
    let row = db.row(FIND_OF_USER, params![user, method]).await?;
    row.map(|mut row| Flow::take(&mut row)).transpose()
}

/// Notes that the code was handed to the user.
pub fn code_issued(tx: &mut Tx, id: FlowId, user: UserId, at: Time) {
    tx.queue(ISSUED, params![id, at, user]);
}

/// Ends a flow; false when someone else ended it first.
pub async fn spend(tx: &mut Tx, id: FlowId) -> Result<bool> {
    Ok(tx.returning(SPEND, params![id]).await?.is_some())
}

/// Removes the flows of a user.
pub fn delete_all_of_user(tx: &mut Tx, user: UserId) {
    tx.queue(DELETE_ALL_OF_USER, params![user]);
}
