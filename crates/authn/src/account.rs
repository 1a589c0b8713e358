//! The account API's use cases: the flows of sign-in, with a profile and credits beside the user.
//!
//! An account is opened once: profile and opening credits in one transaction, at the registration
//! or, for a user who came through another API, when this one first sees them.

mod fields;
mod log_in;
mod open;
mod profile;
mod register;
mod reset;

pub use fields::{
    AvatarUrl, FullName, InvalidAvatar, InvalidName, InvalidPassword, NewPassword, PasswordRules,
};
pub use log_in::{Credentials, Stay};
pub use open::NewProfile;
pub use profile::{Change, ProfileChanges};
pub use register::{Registration, Welcome};

use crate::error::{Refusal, Result};
use crate::sign_out::Scope;
use crate::{Authn, Caller, Issued};
use store::Account;
use store::profiles::Profile;
use types::Call;

/// What the account API knows of a user beyond the user itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Name, picture, role and plan.
    pub profile: Profile,
    /// The balance of the ledger.
    pub credits: i64,
}

/// A user as the account API shows one.
#[derive(Debug, Clone)]
pub struct Member {
    /// The user.
    pub account: Account,
    /// What is known beside.
    pub standing: Standing,
}

/// A signed-in client of the account API.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// The tokens, and the user.
    pub issued: Issued,
    /// What is known beside.
    pub standing: Standing,
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
        let standing = self.standing_of(call, &account.user).await?;
        Ok(Member { account, standing })
    }

    /// Exchanges a refresh token.
    pub async fn renew(&self, call: &Call, refresh_token: &str) -> Result<SignedIn> {
        let issued = self.refresh(call, refresh_token).await?;
        // Where this read fails the client presents the same token again, and gets the current
        // one: a token whose successor was never used may always be presented again.
        let standing = self.standing_of(call, &issued.account.user).await?;
        Ok(SignedIn { issued, standing })
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
}
