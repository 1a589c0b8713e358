//! Registration: user, profile and opening credits in one transaction, all or nothing.

use super::{NewPassword, NewProfile, SignedIn};
use crate::error::{Error, Refusal, Result};
use crate::signup::{Registered, Signup};
use crate::{Asked, Authn};
use serde_json::Map;
use types::{Call, Email};

/// What a new member brings.
#[derive(Debug, Clone)]
pub struct Registration {
    /// The address.
    pub email: Email,
    /// The wanted password.
    pub password: NewPassword,
    /// What the profile says.
    pub profile: NewProfile,
}

/// How a registration ended.
#[derive(Debug, Clone)]
pub enum Welcome {
    /// Signed in at once.
    SignedIn(Box<SignedIn>),
    /// The address must be confirmed first; or it has an account, which is not told.
    Unconfirmed,
}

impl Authn {
    /// Registers a member.
    pub async fn register_member(
        &self,
        call: &Call,
        registration: Registration,
    ) -> Result<Welcome> {
        let Registration {
            email,
            password,
            profile,
        } = registration;
        let mut data = Map::new();
        if let Some(name) = &profile.full_name {
            data.insert("full_name".to_owned(), name.as_str().into());
        }
        if let Some(url) = &profile.avatar_url {
            data.insert("avatar_url".to_owned(), url.as_str().into());
        }
        let signup = Signup {
            email: email.to_string(),
            phone: String::new(),
            password: password.into_secret(),
            data,
            channel: String::new(),
            challenge: None,
            profile: Some(profile),
        };
        let asked = Asked {
            audience: self.0.settings.jwt.audience.clone(),
            ..Asked::default()
        };
        match self.sign_up(call, &asked, signup).await {
            // Too soon: the mail that was sent a moment ago is still good. Who has a confirmed
            // account gets no mail and no such refusal: the answers must be the same.
            Ok(Registered::Pending(_)) | Err(Error::Refused(Refusal::TooSoonForEmail { .. })) => {
                Ok(Welcome::Unconfirmed)
            }
            Err(error) => Err(error),
            Ok(Registered::SignedIn(issued)) => {
                let standing = self.standing_of(call, &issued.account.user).await?;
                let issued = *issued;
                Ok(Welcome::SignedIn(Box::new(SignedIn { issued, standing })))
            }
        }
    }
}
