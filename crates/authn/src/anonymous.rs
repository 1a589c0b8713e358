//! Sign-in without any contact.

use crate::error::{Refusal, Result};
use crate::issue::Issued;
use crate::{Asked, Authn, metadata};
use serde_json::{Map, Value as Json};
use store::users::{self, User};
use store::{Account, audit};
use types::audit::Event;
use types::{Call, UserId};

impl Authn {
    /// Signs in a new user without any contact.
    pub async fn sign_up_anonymously(
        &self,
        call: &Call,
        asked: &Asked,
        data: Map<String, Json>,
    ) -> Result<Issued> {
        let settings = &self.0.settings;
        // Told before the general switch, as recorded where both are off.
        if !settings.signup.anonymous_enabled {
            return Err(Refusal::AnonymousDisabled.into());
        }
        if settings.signup.disabled {
            return Err(Refusal::SignupDisabled.into());
        }
        metadata::check(&data)?;
        let mut user = User::new(UserId::random(self.entropy()), &asked.audience, call.now);
        user.role.clone_from(&settings.jwt.default_role);
        user.encrypted_password = Some(String::new());
        user.is_anonymous = true;
        user.user_metadata = data;
        let mut tx = self.db(call).begin().await?;
        users::insert(&mut tx, &user);
        let opened = self.open_session(&mut tx, call, &mut user, "anonymous")?;
        let account = Account::new(user);
        let mut entry = crate::sign_in::login_entry(&account, "anonymous");
        entry.event = Event::UserSignedUp;
        audit::append(&mut tx, call, self.entropy(), &entry);
        tx.commit().await?;
        self.issue(call, account, opened)
    }
}
