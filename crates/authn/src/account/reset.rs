//! A forgotten password: a mail to whoever has the address, and another password by its link.

use super::NewPassword;
use crate::Authn;
use crate::error::{Error, Refusal, Result};
use store::users;
use types::audit::Event;
use types::{Call, Email, UserId};
use url::Url;

/// The application's page below the site's URL, where none is configured.
const RESET_PATH: &str = "reset-password";

impl Authn {
    /// Mails a link that leads to the application's page for a new password. Whether anybody has
    /// the address, and whether they were mailed a moment ago, changes neither the outcome nor
    /// the work.
    pub async fn request_password_reset(&self, call: &Call, email: &Email) -> Result<()> {
        let settings = &self.0.settings;
        if !settings.email.enabled {
            return Err(Refusal::EmailRecoveryDisabled.into());
        }
        let page = self.reset_page();
        let audience = &settings.jwt.audience;
        let known = users::id_of_email(&mut self.db(call), email, audience).await?;
        let id = known.unwrap_or_else(|| UserId::random(self.entropy()));
        let mut tx = self.db(call).begin().await?;
        let user = users::lock(&mut tx, id).await?;
        let mailed = match user {
            Some(mut user) => match self.send_reset(&mut tx, call, &mut user, &page) {
                Ok(()) => {
                    self.note(&mut tx, call, &user, Event::RecoveryRequested);
                    users::save(&mut tx, &user);
                    true
                }
                Err(error) => {
                    tolerate(error)?;
                    false
                }
            },
            None => false,
        };
        if !mailed {
            self.feign_reset(&mut tx, call, email, &page);
        }
        tx.commit().await?;
        Ok(())
    }

    /// Sets the password of whoever was mailed this token, once, and ends all their sessions.
    pub async fn confirm_password_reset(
        &self,
        call: &Call,
        token: &str,
        password: NewPassword,
    ) -> Result<()> {
        self.redeem_reset(call, token, &password.into_secret())
            .await
    }

    /// The application's page where a new password is chosen.
    fn reset_page(&self) -> String {
        let settings = &self.0.settings;
        let configured = &settings.account.password_reset_url;
        if !configured.is_empty() {
            return configured.clone();
        }
        let site = &settings.site.site_url;
        let below = || format!("{}/{RESET_PATH}", site.trim_end_matches('/'));
        let Ok(mut url) = Url::parse(site) else {
            return below();
        };
        // A page below the site, whatever query and fragment the site's URL has.
        url.set_query(None);
        url.set_fragment(None);
        match url.path_segments_mut() {
            Ok(mut path) => {
                path.pop_if_empty().push(RESET_PATH);
            }
            Err(()) => return below(),
        }
        url.into()
    }
}

/// Reasons not to mail somebody must not show that there is somebody.
fn tolerate(error: Error) -> Result<()> {
    match error {
        Error::Refused(
            Refusal::TooSoonForEmail { .. }
            | Refusal::OverEmailBudget { .. }
            | Refusal::EmailNotAuthorized,
        ) => Ok(()),
        error => Err(error),
    }
}
