//! Recovery of an account by mail.

use crate::contact::Contact;
use crate::error::{Refusal, Result};
use crate::pkce::Challenge;
use crate::settings::MailKind;
use crate::{Asked, Authn};
use store::users;
use types::audit::Event;
use types::{Call, Email, UserId};

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
        let known = users::id_of_email(&mut self.db(call), &email, &asked.audience).await?;
        let id = known.unwrap_or_else(|| UserId::random(self.entropy()));
        let mut tx = self.db(call).begin().await?;
        let Some(mut user) = users::lock(&mut tx, id).await? else {
            let nobody = Contact::Email(email);
            self.feign_message(&mut tx, call, &nobody, MailKind::Recovery, &to)?;
            tx.commit().await?;
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
