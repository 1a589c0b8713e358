//! A fresh code for someone who is signed in and about to make a sensitive change.

use crate::error::{Refusal, Result};
use crate::phone::Sent;
use crate::{Authn, Caller};
use store::users;
use types::Call;
use types::audit::Event;

impl Authn {
    /// Sends a code to the caller's confirmed contact; a change of the password may ask for it.
    pub async fn reauthenticate(&self, call: &Call, caller: &Caller) -> Result<Sent> {
        let (mut tx, account) = self.lock_caller(call, caller).await?;
        let mut user = account.user;
        let has = |contact: &Option<String>| contact.as_deref().is_some_and(|c| !c.is_empty());
        self.note(&mut tx, call, &user, Event::ReauthenticationRequested);
        let sent = if has(&user.email) {
            if user.email_confirmed_at.is_none() {
                return Err(Refusal::ReauthenticationNeedsConfirmedEmail.into());
            }
            self.send_reauthentication(&mut tx, call, &mut user)?;
            Sent::UNNAMED
        } else if has(&user.phone) {
            if user.phone_confirmed_at.is_none() {
                return Err(Refusal::ReauthenticationNeedsConfirmedPhone.into());
            }
            self.send_phone_reauthentication(&mut tx, call, &mut user)?
        } else {
            return Err(Refusal::ReauthenticationNeedsContact.into());
        };
        users::save(&mut tx, &user);
        tx.commit().await?;
        Ok(sent)
    }
}
