//! Recovery of an account by mail.

use crate::error::{Refusal, Result};
use crate::pkce::Challenge;
use crate::settings::MailKind;
use crate::{Asked, Authn};
use store::users;
use types::audit::Event;
use types::{Call, Email};

impl Authn {
    /// Mails a link and a code that sign the user in, so that they can set another password. An
    /// address without an account gets the same answer for the same work.
    pub async fn recover(
        &self,
        call: &Call,
        asked: &Asked,
        email: &str,
        challenge: Option<&Challenge>,
    ) -> Result<()> {
        if !self.0.settings.email.enabled {
            return Err(Refusal::EmailRecoveryDisabled.into());
        }
        if email.is_empty() {
            return Err(Refusal::RecoverWithoutEmail.into());
        }
        let email = Email::parse(email)?;
        let to = self.destination(asked, challenge);
        let mut db = self.db(call);
        let Some(id) = users::id_of_email(&mut db, &email, &asked.audience).await? else {
            let mut tx = self.begin_for_nobody(call).await?;
            self.feign_mail(&mut tx, call, &email, MailKind::Recovery, &to);
            tx.commit().await?;
            return Ok(());
        };
        let mut tx = self.db(call).begin().await?;
        // Deleted meanwhile: nobody is left to be written to.
        let Some(mut user) = users::lock(&mut tx, id).await? else {
            return Ok(());
        };
        self.begin_flow(&mut tx, call, user.id, "recovery", challenge);
        self.note(&mut tx, call, &user, Event::RecoveryRequested);
        self.send_recovery(&mut tx, call, &mut user, MailKind::Recovery, &to)?;
        users::save(&mut tx, &user);
        tx.commit().await?;
        Ok(())
    }
}
