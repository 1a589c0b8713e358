//! Sign-in with address and password, for a while or to be remembered.

use super::SignedIn;
use crate::Authn;
use crate::error::{Refusal, Result};
use crate::sign_in::{PROOFS_MAX, PasswordGrant};
use store::sessions;
use types::{Call, Secret};

/// An address and the password that goes with it.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// The address, as it was typed.
    pub email: String,
    /// The password.
    pub password: Secret<String>,
}

/// How long a session may go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stay {
    /// As long as sessions do.
    Remembered,
    /// For the configured span at most, however often it is refreshed.
    Brief,
}

impl Authn {
    /// Signs a member in. An unknown address and a wrong password cost the same and get the same
    /// answer; that an account is banned is told only to those who know its password.
    pub async fn log_in(
        &self,
        call: &Call,
        credentials: Credentials,
        stay: Stay,
    ) -> Result<SignedIn> {
        let grant = PasswordGrant {
            email: credentials.email.trim().to_owned(),
            phone: String::new(),
            password: credentials.password,
        };
        let audience = &self.0.settings.jwt.audience;
        for _ in 0..PROOFS_MAX {
            let found = self.find_for_sign_in(call, audience, &grant).await?;
            let mut proven = self.prove_password(call, found, &grant).await?;
            if proven.account.user.is_banned(call.now) {
                return Err(Refusal::UserBannedAtSignIn.into());
            }
            let standing = self.standing_of(call, &proven.account.user).await?;
            let Some((mut tx, mut opened)) = self.open_proven(call, &mut proven).await? else {
                continue;
            };
            if stay == Stay::Brief {
                let span = self.0.settings.account.unremembered_session_span.0;
                let end = call.now + span;
                sessions::end_at(&mut tx, opened.session.id, end);
                opened.session.not_after = Some(end);
            }
            tx.commit().await?;
            let issued = self.issue_proven(call, proven, opened)?;
            return Ok(SignedIn { issued, standing });
        }
        Err(Refusal::InvalidCredentials.into())
    }
}
