//! The account API's use cases: the flows of sign-in, with a profile and credits beside the user.
//!
//! An account is opened once: profile and opening credits in one transaction, at the registration
//! or, for a user who came through another API, when this one first sees them.

mod fields;
mod log_in;
mod profile;
mod register;
mod reset;

pub use fields::{
    AvatarUrl, FullName, InvalidAvatar, InvalidName, InvalidPassword, NewPassword, PasswordRules,
};
pub use log_in::{Credentials, Stay};
pub use profile::{Change, ProfileChanges};
pub use register::{Registration, Welcome};

use crate::error::{Error, Refusal, Result};
use crate::sign_out::Scope;
use crate::{Authn, Caller, Issued};
use serde_json::{Map, Value as Json};
use store::profiles::{self, Profile};
use store::users::{self, User};
use store::{Account, Tx, credits};
use types::audit::Event;
use types::{Call, CreditEntryId};

/// The role of a new account within the application. Not the role in access tokens.
const MEMBER_ROLE: &str = "user";

/// A user as the account API shows one.
#[derive(Debug, Clone)]
pub struct Member {
    /// The user.
    pub account: Account,
    /// What the account API knows beside.
    pub profile: Profile,
}

/// A signed-in client of the account API.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// The tokens, and the user.
    pub issued: Issued,
    /// What the account API knows beside.
    pub profile: Profile,
}

/// What a new account says about its owner.
#[derive(Debug, Clone, Default)]
pub struct NewProfile {
    /// How the owner wants to be called.
    pub full_name: Option<FullName>,
    /// A picture of the owner.
    pub avatar_url: Option<AvatarUrl>,
}

impl NewProfile {
    /// What a user has told another API about themselves, as far as it may stand in a profile.
    pub(crate) fn of(user: &User) -> Self {
        let first = |names: [&str; 2]| {
            let text = |name| user.user_metadata.get(name).and_then(Json::as_str);
            names.into_iter().find_map(text).unwrap_or_default()
        };
        let full_name = FullName::parse(first(["full_name", "name"]));
        let avatar_url = AvatarUrl::parse(first(["avatar_url", "picture"]));
        Self {
            full_name: full_name.unwrap_or_default(),
            avatar_url: avatar_url.unwrap_or_default(),
        }
    }
}

impl Authn {
    /// The rules for new passwords of the account API.
    pub fn password_rules(&self) -> PasswordRules<'_> {
        PasswordRules::new(&self.0.settings.password)
    }

    /// A sign-in could reach the database now.
    pub async fn check_health(&self, call: &Call) -> Result<()> {
        Ok(self.0.store.ping(call).await?)
    }

    /// Whoever presents this access token, with profile and credits.
    pub async fn member(&self, call: &Call, bearer: Option<&str>) -> Result<Member> {
        let account = self.authenticate_member(call, bearer).await?.account;
        let profile = self.profile_of(call, &account.user).await?;
        Ok(Member { account, profile })
    }

    /// Exchanges a refresh token.
    pub async fn renew(&self, call: &Call, refresh_token: &str) -> Result<SignedIn> {
        let issued = self.refresh(call, refresh_token).await?;
        // Where this read fails the client presents the same token again, and gets the current
        // one: a token whose successor was never used may always be presented again.
        let profile = self.profile_of(call, &issued.account.user).await?;
        Ok(SignedIn { issued, profile })
    }

    /// Ends the session of this access token; both of its tokens are worthless afterwards.
    pub async fn log_out(&self, call: &Call, bearer: Option<&str>) -> Result<()> {
        let caller = self.authenticate_member(call, bearer).await?;
        self.end_sessions(call, &caller, Scope::Local).await
    }

    /// Verifies an access token that a person's own session was given. A token without a session,
    /// such as a service's key, is nobody's here: it could never be taken back.
    async fn authenticate_member(&self, call: &Call, bearer: Option<&str>) -> Result<Caller> {
        let caller = self.authenticate(call, bearer).await?;
        if caller.account.session.is_none() {
            return Err(Refusal::TokenSessionNotFound.into());
        }
        Ok(caller)
    }

    /// The profile of a user, whose account is opened first if it is not yet.
    async fn profile_of(&self, call: &Call, user: &User) -> Result<Profile> {
        if let Some(profile) = profiles::find(&mut self.db(call), user.id).await? {
            return Ok(profile);
        }
        let mut tx = self.db(call).begin().await?;
        let user = users::lock(&mut tx, user.id).await?;
        // Deleted meanwhile: an account that nobody owns is not opened.
        let user = user.ok_or(Refusal::TokenUserNotFound)?;
        self.open_account(&mut tx, call, &user, &NewProfile::of(&user))
            .await?;
        let profile = written_profile(&mut tx, &user).await?;
        tx.commit().await?;
        Ok(profile)
    }

    /// Makes the profile and books the opening credits of a user that this transaction has made
    /// or locked; whatever there is already stays as it is.
    pub(crate) async fn open_account(
        &self,
        tx: &mut Tx,
        call: &Call,
        user: &User,
        new: &NewProfile,
    ) -> store::Result<()> {
        let settings = &self.0.settings.account;
        let amount = settings.opening_credits;
        let profile = Profile {
            user_id: user.id,
            full_name: new.full_name.as_ref().map(ToString::to_string),
            avatar_url: new.avatar_url.as_ref().map(ToString::to_string),
            role: MEMBER_ROLE.to_owned(),
            plan: settings.opening_plan.clone(),
            created_at: call.now,
            updated_at: call.now,
            credits: amount,
        };
        profiles::open(tx, &profile);
        let id = CreditEntryId::random(self.entropy());
        if credits::open(tx, id, user.id, amount, call.now).await? {
            let mut traits = Map::new();
            traits.insert("amount".to_owned(), amount.into());
            self.note_with(tx, call, user, Event::CreditsOpened, traits);
        }
        Ok(())
    }
}

/// The profile that this transaction has made or found.
async fn written_profile(tx: &mut Tx, user: &User) -> Result<Profile> {
    let profile = profiles::find(tx, user.id).await?;
    profile.ok_or_else(|| Error::internal("a profile vanished while its user was locked"))
}
