//! Beginning sessions and putting together what a signed-in client receives.

use crate::error::{Error, Result};
use crate::password::WeakPassword;
use crate::refresh_token;
use crate::settings::RefreshAlgorithm;
use crate::token::{AmrEntry, Claims};
use crate::{Authn, columns};
use std::time::Duration;
use store::sessions::{AmrClaim, Session};
use store::users::User;
use store::{Account, Tx, refresh_tokens, sessions, users};
use types::{AmrClaimId, Call, Secret, SessionId, Time, UserId};

/// What a signed-in client receives.
#[derive(Debug, Clone)]
pub struct Issued {
    /// The user, with identities and factors.
    pub account: Account,
    /// The signed access token.
    pub access_token: String,
    /// Seconds until it expires.
    pub expires_in: u64,
    /// When it expires, seconds since the Unix epoch.
    pub expires_at: i64,
    /// The token that continues the session.
    pub refresh_token: String,
    /// Facts for the diagnostic headers.
    pub trace: Trace,
    /// The password no longer meets the policy.
    pub weak_password: Option<WeakPassword>,
    /// The provider's own tokens, where the sign-in went through one.
    pub provider_token: Option<String>,
    /// See `provider_token`.
    pub provider_refresh_token: Option<String>,
}

/// What GoTrue tells about a token in `sb-auth-*` headers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trace {
    /// Whose token.
    pub user_id: Option<UserId>,
    /// Of which session.
    pub session_id: Option<SessionId>,
    /// The first characters of a token of the first generation.
    pub refresh_token_prefix: Option<String>,
    /// The counter of a token of the second generation.
    pub refresh_token_counter: Option<i64>,
    /// Whether a spent token was presented; only a refresh says.
    pub reuse: Option<bool>,
    /// Why the spent token was honoured.
    pub reuse_cause: Option<String>,
    /// The family was ended.
    pub rotated: Option<bool>,
}

/// A session that the open transaction begins.
#[derive(Debug, Clone)]
pub(crate) struct Opened {
    pub(crate) session: Session,
    pub(crate) refresh_token: String,
    pub(crate) amr: Vec<AmrClaim>,
}

/// How many characters of a refresh token of the first generation are shown.
const PREFIX_CHARACTERS: usize = 5;

impl Issued {
    /// The characters of the refresh token that may be shown.
    pub(crate) fn prefix(&self) -> Option<String> {
        prefix(&self.refresh_token)
    }
}

impl Authn {
    /// Begins a session for a user who has just proved who they are by `method`, and notes the
    /// sign-in in `user`.
    pub(crate) fn open_session(
        &self,
        tx: &mut Tx,
        call: &Call,
        user: &mut User,
        method: &str,
    ) -> Result<Opened> {
        let mut session = self.new_session(call, user.id);
        let refresh_token = match self.0.settings.refresh.algorithm {
            RefreshAlgorithm::V1 => refresh_token::mint_v1(self.entropy()),
            RefreshAlgorithm::V2 => {
                let key = refresh_token::new_hmac_key(self.entropy());
                session.refresh_token_hmac_key = Some(self.store_key(session.id, &key)?);
                session.refresh_token_counter = Some(0);
                self.counter_token(session.id, 0, &key)?
            }
        };
        sessions::insert(tx, &session);
        if session.refresh_token_counter.is_none() {
            refresh_tokens::insert(tx, &refresh_token, user.id, session.id, None, call.now);
        }
        let amr_id = AmrClaimId::random(self.entropy());
        sessions::record_amr(tx, session.id, method, amr_id, call.now);
        users::signed_in(tx, user.id, call.now);
        user.last_sign_in_at = Some(call.now);
        user.updated_at = call.now;
        let amr = vec![AmrClaim {
            method: method.to_owned(),
            updated_at: call.now,
        }];
        Ok(Opened {
            session,
            refresh_token,
            amr,
        })
    }

    fn new_session(&self, call: &Call, user_id: UserId) -> Session {
        let user_agent = &call.origin.user_agent;
        Session {
            id: SessionId::random(self.entropy()),
            user_id,
            created_at: call.now,
            updated_at: call.now,
            factor_id: None,
            aal: "aal1".to_owned(),
            not_after: None,
            refreshed_at: None,
            user_agent: (!user_agent.is_empty()).then(|| user_agent.clone()),
            ip: call.origin.ip,
            tag: self.0.settings.sessions.tags.first().cloned(),
            refresh_token_hmac_key: None,
            refresh_token_counter: None,
        }
    }

    /// What the column holds for a session's key: the key, or its encryption.
    pub(crate) fn store_key(&self, session: SessionId, key: &str) -> Result<String> {
        if self.0.columns.encryption.is_none() {
            return Ok(key.to_owned());
        }
        columns::encrypt(&self.0.columns, self.entropy(), session.0, key)
            .map_err(|e| Error::Internal(Box::new(e)))
    }

    /// The token of the second generation for one count of a session; `key` as the column holds
    /// it.
    pub(crate) fn counter_token(
        &self,
        session: SessionId,
        counter: i64,
        key: &str,
    ) -> Result<String> {
        let key = self.load_key(session, key)?;
        let counter = u64::try_from(counter)
            .map_err(|_| Error::internal("a session's refresh token counter is negative"))?;
        Ok(refresh_token::mint_v2(session, counter, key.expose()))
    }

    /// A session's key, decrypted where the column is encrypted.
    pub(crate) fn load_key(&self, session: SessionId, column: &str) -> Result<Secret<Vec<u8>>> {
        let malformed = |_| Error::internal("a session's refresh token key is malformed");
        if !columns::is_encrypted(column) {
            return refresh_token::decode_hmac_key(column).map_err(malformed);
        }
        let key = columns::decrypt(&self.0.columns, session.0, column)
            .map(Secret::new)
            .map_err(|e| Error::Internal(Box::new(e)))?;
        refresh_token::decode_hmac_key(key.expose()).map_err(malformed)
    }

    /// Signs the access token and puts the answer together.
    pub(crate) fn issue(&self, call: &Call, account: Account, opened: Opened) -> Result<Issued> {
        let span = self.access_span(call, &opened.session);
        let expires_in = span.as_secs();
        let expires_at = (call.now + span).unix_seconds();
        let claims = self.claims(call, &account.user, &opened, expires_at);
        let access_token = self
            .0
            .keys
            .mint(&claims)
            .map_err(|e| Error::Internal(Box::new(e)))?;
        let trace = trace(&account, &opened);
        Ok(Issued {
            account,
            access_token,
            expires_in,
            expires_at,
            refresh_token: opened.refresh_token,
            trace,
            weak_password: None,
            provider_token: None,
            provider_refresh_token: None,
        })
    }

    /// How long a new access token lives: never longer than its session.
    fn access_span(&self, call: &Call, session: &Session) -> Duration {
        let span = self.0.settings.jwt.access_span.0;
        session
            .not_after
            .map_or(span, |end| span.min(end.since(call.now)))
    }

    fn claims(&self, call: &Call, user: &User, opened: &Opened, expires_at: i64) -> Claims {
        let issuer = &self.0.settings.jwt.issuer;
        Claims {
            iss: (!issuer.is_empty()).then(|| issuer.clone()),
            sub: user.id,
            aud: user.aud.clone(),
            exp: expires_at,
            iat: call.now.unix_seconds(),
            email: user.email.clone().unwrap_or_default(),
            phone: user.phone.clone().unwrap_or_default(),
            app_metadata: user.app_metadata.clone().into(),
            user_metadata: user.user_metadata.clone().into(),
            role: user.role.clone(),
            aal: opened.session.aal.clone(),
            amr: amr_entries(&opened.amr),
            session_id: opened.session.id,
            is_anonymous: user.is_anonymous,
            client_id: None,
            scope: None,
        }
    }
}

/// The methods of a session as the token carries them: newest first.
fn amr_entries(amr: &[AmrClaim]) -> Vec<AmrEntry> {
    let mut newest_first: Vec<&AmrClaim> = amr.iter().collect();
    newest_first.sort_by_key(|claim| std::cmp::Reverse(claim.updated_at));
    newest_first
        .into_iter()
        .map(|claim| AmrEntry {
            method: claim.method.clone(),
            timestamp: claim.updated_at.unix_seconds(),
            provider: None,
        })
        .collect()
}

fn trace(account: &Account, opened: &Opened) -> Trace {
    let counter = opened.session.refresh_token_counter;
    Trace {
        user_id: Some(account.user.id),
        session_id: Some(opened.session.id),
        refresh_token_prefix: match counter {
            None => prefix(&opened.refresh_token),
            Some(_) => None,
        },
        refresh_token_counter: counter,
        ..Trace::default()
    }
}

fn prefix(refresh_token: &str) -> Option<String> {
    refresh_token.get(..PREFIX_CHARACTERS).map(str::to_owned)
}

/// The earlier of two confirmations, as the generated column of the database has it.
pub(crate) fn earliest(a: Option<Time>, b: Option<Time>) -> Option<Time> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}
