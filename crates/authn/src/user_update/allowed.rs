//! Which changes a user may make, and what must be free for them.

use super::{UserChanges, Wanted};
use crate::error::{Refusal, Result};
use crate::signup::check_channel;
use crate::{Asked, Authn, Caller, metadata};
use store::users::{self, User};
use types::{Call, Email, InvalidContact, Phone};

impl Authn {
    /// Checks everything that needs no lock, and hashes the new password.
    pub(super) async fn allow(
        &self,
        call: &Call,
        asked: &Asked,
        caller: &Caller,
        changes: UserChanges,
    ) -> Result<Wanted> {
        let user = &caller.account.user;
        let email = given(&changes.email, Email::parse)?;
        let phone = given(&changes.phone, Phone::parse)?;
        if phone.is_some() {
            check_channel(&changes.channel)?;
        }
        if let Some(password) = &changes.password {
            self.check_password(password.expose())?;
        }
        for metadata in [&changes.data, &changes.app_metadata].into_iter().flatten() {
            metadata::check(metadata)?;
        }
        let has = |contact: &Option<String>, wanted: &str| contact.as_deref() == Some(wanted);
        let email = email.filter(|email| !has(&user.email, email.as_str()));
        let phone = phone.filter(|phone| !has(&user.phone, phone.as_str()));
        let contacts = (email.as_ref(), phone.as_ref());
        self.may_change(caller, &changes, contacts)?;
        self.check_free(call, asked, user, contacts).await?;
        let password = self.prepare_password(call, caller, &changes).await?;
        Ok(Wanted {
            email,
            phone,
            password,
            data: changes.data,
            app_metadata: changes.app_metadata,
            challenge: changes.challenge,
        })
    }

    fn may_change(
        &self,
        caller: &Caller,
        changes: &UserChanges,
        (email, phone): (Option<&Email>, Option<&Phone>),
    ) -> Result<()> {
        let user = &caller.account.user;
        let is_admin = self.0.settings.jwt.admin_roles.contains(&user.role);
        if changes.app_metadata.is_some() && !is_admin {
            return Err(Refusal::AppMetadataNeedsAdmin.into());
        }
        let sensitive = email.is_some() || phone.is_some() || changes.password.is_some();
        if sensitive && caller.account.has_verified_factor() && !caller.is_aal2() {
            return Err(Refusal::AalForUpdate.into());
        }
        let adds_contact = !changes.email.is_empty() || !changes.phone.is_empty();
        if user.is_anonymous && changes.password.is_some() && !adds_contact {
            return Err(Refusal::AnonymousNeedsContact.into());
        }
        if user.is_sso_user && (sensitive || !changes.nonce.is_empty()) {
            return Err(Refusal::SsoManaged.into());
        }
        Ok(())
    }

    async fn check_free(
        &self,
        call: &Call,
        asked: &Asked,
        user: &User,
        (email, phone): (Option<&Email>, Option<&Phone>),
    ) -> Result<()> {
        let mut db = self.db(call);
        if let Some(email) = email
            && users::is_email_held(&mut db, email, &asked.audience, user.id).await?
        {
            return Err(Refusal::EmailExists.into());
        }
        if let Some(phone) = phone
            && users::id_of_phone(&mut db, phone, &asked.audience)
                .await?
                .is_some()
        {
            return Err(Refusal::PhoneExists.into());
        }
        Ok(())
    }
}

/// A contact, unless the text is empty.
fn given<T>(
    text: &str,
    parse: impl FnOnce(&str) -> Result<T, InvalidContact>,
) -> Result<Option<T>> {
    if text.is_empty() {
        return Ok(None);
    }
    Ok(Some(parse(text)?))
}
