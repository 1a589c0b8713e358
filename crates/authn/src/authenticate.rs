//! Whose access token is this, and is its session still alive?

use crate::Authn;
use crate::error::{Error, Refusal, Result};
use crate::refresh::ended;
use crate::token::Verified;
use store::{Account, accounts, people};
use types::{Call, SessionId, UserId};
use uuid::Uuid;

/// A user who has presented a valid access token of a living session.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The user; its session is the token's, if the token names one.
    pub account: Account,
    /// The token's claims.
    pub claims: Verified,
}

/// Someone who may administrate: holding this value is the permission.
#[derive(Debug, Clone)]
pub struct Admin {
    /// The administrator's user, where the token names one.
    pub user_id: Option<UserId>,
    /// The role that the permission comes from; how the audit log names an administrator.
    pub role: String,
}

impl Caller {
    /// The session that the token belongs to.
    pub fn session_id(&self) -> Option<SessionId> {
        self.account.session.as_ref().map(|session| session.id)
    }

    /// The session has passed a second factor.
    pub fn is_aal2(&self) -> bool {
        self.account
            .session
            .as_ref()
            .is_some_and(|session| session.aal == "aal2")
    }
}

impl Authn {
    /// Verifies an access token and finds its user and session: one statement.
    pub async fn authenticate(&self, call: &Call, bearer: Option<&str>) -> Result<Caller> {
        let claims = self.verify(call, bearer)?;
        let user_id = user_claim(&claims)?;
        let session_id = session_claim(&claims)?;
        let mut db = self.db(call);
        let account = accounts::find(&mut db, user_id, session_id)
            .await?
            .ok_or(Refusal::TokenUserNotFound)?;
        if account.user.is_banned(call.now) {
            return Err(Refusal::UserBanned.into());
        }
        if session_id.is_some() && account.session.is_none() {
            return Err(Refusal::TokenSessionNotFound.into());
        }
        Ok(Caller { account, claims })
    }

    /// Verifies an access token of a living session, whose account counts: neither banned, nor
    /// suspended, nor deleted. For whoever needs to know no more than who it is.
    pub async fn signed_in(&self, call: &Call, bearer: Option<&str>) -> Result<UserId> {
        let claims = self.verify(call, bearer)?;
        let user_id = user_claim(&claims)?;
        // A token without a session could never be taken back.
        let session_id = session_claim(&claims)?.ok_or(Refusal::TokenSessionNotFound)?;
        let found = people::find_signed_in(&mut self.db(call), user_id, session_id).await?;
        let person = found.ok_or(Refusal::TokenSessionNotFound)?;
        if person.is_active(call.now) {
            Ok(user_id)
        } else {
            Err(Refusal::UserBanned.into())
        }
    }

    /// Verifies that an access token or API key may administrate. A token that names a session is
    /// only as good as that session.
    pub async fn authenticate_admin(&self, call: &Call, bearer: Option<&str>) -> Result<Admin> {
        let claims = self.verify(call, bearer)?;
        if !self.0.settings.jwt.admin_roles.contains(&claims.role) {
            return Err(Refusal::NotAdmin.into());
        }
        let mut user_id = None;
        if session_claim(&claims)?.is_some() {
            let caller = self.authenticate(call, bearer).await?;
            let has_factor = caller.account.has_verified_factor();
            let ended = |session| ended(&self.0.settings.sessions, session, has_factor, call.now);
            if let Some(refusal) = caller.account.session.as_ref().and_then(ended) {
                return Err(refusal.into());
            }
            user_id = Some(caller.account.user.id);
        }
        Ok(Admin {
            user_id,
            role: claims.role,
        })
    }

    /// Verifies a token's signature and times, without looking at the database.
    pub fn verify(&self, call: &Call, bearer: Option<&str>) -> Result<Verified> {
        let token = bearer
            .filter(|token| !token.is_empty())
            .ok_or(Refusal::NoBearer)?;
        self.0
            .keys
            .verify(token, call.now)
            .map_err(|e| Error::Refused(Refusal::BadJwt(e.to_string())))
    }
}

fn user_claim(claims: &Verified) -> Result<UserId> {
    let sub = claims.sub.as_deref().filter(|sub| !sub.is_empty());
    let sub = sub.ok_or(Refusal::MissingSub)?;
    let id = Uuid::parse_str(sub).map_err(|_| Refusal::BadSub)?;
    Ok(UserId(id))
}

fn session_claim(claims: &Verified) -> Result<Option<SessionId>> {
    match claims.session_id.as_deref() {
        None | Some("") => Ok(None),
        Some(id) => match Uuid::parse_str(id) {
            // GoTrue reads the nil id as "no session".
            Ok(id) if id.is_nil() => Ok(None),
            Ok(id) => Ok(Some(SessionId(id))),
            Err(_) => Err(Refusal::BadSessionClaim.into()),
        },
    }
}
