//! Enrolment of a second factor: it counts from its first verification on.

use super::{TOTP, session_of, traits};
use crate::admin::fits_column;
use crate::error::{Error, Refusal, Result};
use crate::{Authn, Caller, columns, totp};
use store::factors::{self, Factor};
use store::{Account, accounts};
use types::audit::Event;
use types::{Call, FactorId};
use url::Url;

/// The factor that a user wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrollment {
    /// `totp`; `phone` and `webauthn` answer "disabled".
    pub factor_type: String,
    /// How the user will know it from others; may be empty, once.
    pub friendly_name: String,
    /// The name under which authenticator applications list the account; empty: the host of the
    /// application.
    pub issuer: String,
}

/// A factor that waits for its first code. The secret is shown now and never again.
#[derive(Debug, Clone)]
pub struct Enrolled {
    /// The factor.
    pub factor: Factor,
    /// The shared secret, base32.
    pub secret: String,
    /// The text of the QR code.
    pub uri: String,
    /// The QR code, an SVG document.
    pub qr_svg: String,
}

impl Authn {
    /// Begins enrolment of a factor. Whoever has a verified one must have passed it, or a stolen
    /// password would be enough to add another.
    pub async fn enroll_factor(
        &self,
        call: &Call,
        caller: &Caller,
        wanted: &Enrollment,
    ) -> Result<Enrolled> {
        session_of(caller)?;
        self.check_enrollment(wanted)?;
        let enrolled = self.new_factor(call, caller, wanted)?;
        let user_id = caller.account.user.id;

        // The lock makes the limits hold for requests that come at once.
        let (mut tx, _) = self.lock_caller(call, caller).await?;
        let stale = call.now - self.0.settings.mfa.factor_span.0;
        factors::delete_stale(&mut tx, user_id, stale);
        let found = accounts::find(&mut tx, user_id, caller.session_id()).await?;
        let account = found.ok_or_else(super::gone)?;
        self.admit_factor(&account, &wanted.friendly_name)?;
        factors::insert(&mut tx, &enrolled.factor);
        let traits = traits([("factor_id", enrolled.factor.id.to_string())]);
        self.note_with(&mut tx, call, &account.user, Event::FactorEnrolled, traits);
        tx.commit().await?;
        Ok(enrolled)
    }

    fn check_enrollment(&self, wanted: &Enrollment) -> Result<()> {
        match wanted.factor_type.as_str() {
            TOTP if self.0.settings.mfa.totp_enroll_enabled => {}
            TOTP => return Err(Refusal::TotpEnrollDisabled.into()),
            "phone" => return Err(Refusal::PhoneEnrollDisabled.into()),
            "webauthn" => return Err(Refusal::WebauthnEnrollDisabled.into()),
            _ => return Err(Refusal::FactorType.into()),
        }
        fits_column("friendly_name", &wanted.friendly_name)?;
        fits_column("issuer", &wanted.issuer)
    }

    fn new_factor(&self, call: &Call, caller: &Caller, wanted: &Enrollment) -> Result<Enrolled> {
        let user = &caller.account.user;
        let id = FactorId::random(self.entropy());
        let secret = totp::new_secret(self.entropy());
        let stored = match self.0.columns.encryption {
            None => secret.clone(),
            Some(_) => columns::encrypt(&self.0.columns, self.entropy(), id.0, &secret)
                .map_err(|e| Error::Internal(Box::new(e)))?,
        };
        let issuer = match wanted.issuer.as_str() {
            "" => host_of(&self.0.settings.site.site_url),
            issuer => issuer.to_owned(),
        };
        let email = user.email.as_deref().filter(|email| !email.is_empty());
        let name = email.or(user.phone.as_deref()).unwrap_or_default();
        let uri = totp::key_uri(&issuer, name, &secret);
        let qr_svg = totp::qr_svg(&uri);
        if qr_svg.is_empty() {
            return Err(Refusal::FieldTooLong { field: "issuer" }.into());
        }
        let factor = Factor {
            id,
            user_id: user.id,
            friendly_name: Some(wanted.friendly_name.clone()),
            factor_type: TOTP.to_owned(),
            status: "unverified".to_owned(),
            created_at: call.now,
            updated_at: call.now,
            secret: Some(stored),
            phone: None,
            last_challenged_at: None,
        };
        Ok(Enrolled {
            factor,
            secret,
            uri,
            qr_svg,
        })
    }

    fn admit_factor(&self, account: &Account, name: &str) -> Result<()> {
        let settings = &self.0.settings.mfa;
        let named = |factor: &Factor| factor.friendly_name.as_deref().unwrap_or_default() == name;
        if account.factors.iter().any(named) {
            let name = name.to_owned();
            return Err(Refusal::FactorNameConflict { name }.into());
        }
        let verified = account.factors.iter().filter(|factor| factor.is_verified());
        let verified = verified.count();
        if account.factors.len() >= settings.max_enrolled_factors
            || verified >= settings.max_verified_factors
        {
            return Err(Refusal::TooManyFactors.into());
        }
        let session = account.session.as_ref().ok_or_else(super::gone)?;
        if verified > 0 && session.aal != "aal2" {
            return Err(Refusal::AalForEnrol.into());
        }
        Ok(())
    }
}

/// Host and port of a URL, as authenticator applications show them.
fn host_of(url: &str) -> String {
    let Ok(url) = Url::parse(url) else {
        return url.to_owned();
    };
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_listed_under_the_host_of_the_application() {
        assert_eq!(host_of("http://app.example.test/a?b#c"), "app.example.test");
        assert_eq!(host_of("http://127.0.0.1:3000"), "127.0.0.1:3000");
    }
}
