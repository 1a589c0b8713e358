//! A new password by the token of a mailed link, without signing in.

use super::confirm::confirm_email;
use super::{Kind, commit, forget_pending};
use crate::Authn;
use crate::error::{Refusal, Result};
use store::{flows, sessions};
use types::audit::Event;
use types::{Call, Secret};

impl Authn {
    /// Spends the token of a recovery and sets the password. All sessions end, and whatever else
    /// is pending is forgotten: somebody else may know the old password or have asked for it. Who
    /// has a second factor must show it: a mailbox alone does not take such an account over.
    pub(crate) async fn redeem_reset(
        &self,
        call: &Call,
        token: &str,
        password: &Secret<String>,
    ) -> Result<()> {
        let claim = self.claim_of_hash(call, Kind::Recovery, token).await?;
        // Hashed before the transaction; a token that nobody was sent costs no hash.
        let hash = self.0.hasher.hash(call, password.expose()).await?;
        let (mut tx, mut account) = self.spend(call, claim).await?;
        if account.has_verified_factor() {
            // The token stays good, for the API in which the factor can be shown.
            return Err(Refusal::AalForUpdate.into());
        }
        let user = &mut account.user;
        user.encrypted_password = Some(self.store_password(user.id, hash)?);
        user.updated_at = call.now;
        forget_pending(&mut tx, user);
        sessions::delete_all_of_user(&mut tx, user.id);
        flows::delete_all_of_user(&mut tx, user.id);
        self.note(&mut tx, call, user, Event::PasswordUpdated);
        if user.email_confirmed_at.is_none() {
            // Whoever got the mail has the address.
            self.note(&mut tx, call, user, Event::UserSignedUp);
            confirm_email(&mut tx, call, &mut account);
        }
        commit(tx, &account.user).await
    }
}
