//! Sign-in with a mailed link or code, or with a texted code.

use crate::contact::Contact;
use crate::error::{Error, Refusal, Result};
use crate::phone::Sent;
use crate::pkce::Challenge;
use crate::settings::MailKind;
use crate::signup::{ATTEMPTS_MAX, Admitted, Newcomer, check_channel, save};
use crate::{Asked, Authn, metadata};
use serde_json::{Map, Value as Json};
use store::users::User;
use store::{Account, Tx};
use types::audit::Event;
use types::{Call, Email, Phone};

/// Who wants a link or a code, and what becomes of strangers.
#[derive(Debug, Clone)]
pub struct OtpRequest {
    /// The address; empty when a number is given.
    pub email: String,
    /// The number; empty when an address is given.
    pub phone: String,
    /// Someone without an account gets one.
    pub create_user: bool,
    /// What goes into a new user's metadata.
    pub data: Map<String, Json>,
    /// `sms` or `whatsapp`, for a number; empty means `sms`.
    pub channel: String,
    /// The challenge that a link's code must answer.
    pub challenge: Option<Challenge>,
}

impl Authn {
    /// Sends a link and a code by mail, or a code by text message. A stranger becomes a user
    /// without a password, who confirms the contact by the same message.
    pub async fn send_otp(&self, call: &Call, asked: &Asked, request: OtpRequest) -> Result<Sent> {
        let contact = self.check_otp(&request)?;
        let newcomer = Newcomer {
            asked,
            contact,
            data: request.data,
            channel: request.channel,
            challenge: request.challenge,
            hash: self.0.hasher.hash_of_no_password(),
            profile: None,
        };
        for _ in 0..ATTEMPTS_MAX {
            let mut tx = self.db(call).begin().await?;
            let found = self
                .lock_contact(&mut tx, &newcomer.contact, &asked.audience)
                .await?;
            let (tx, user, sent) = match found {
                Some(account) if newcomer.contact.is_confirmed(&account.user) => {
                    self.send_to(tx, call, &newcomer, account)?
                }
                None if !request.create_user => return Err(Refusal::OtpSignupsDisabled.into()),
                found => self.send_to_newcomer(tx, call, &newcomer, found)?,
            };
            if save(tx, &user).await? {
                return Ok(sent);
            }
        }
        Err(Error::internal("a contact is neither free nor taken"))
    }

    fn check_otp(&self, request: &OtpRequest) -> Result<Contact> {
        let settings = &self.0.settings;
        metadata::check(&request.data)?;
        match (request.email.as_str(), request.phone.as_str()) {
            ("", "") => Err(Refusal::OtpWithoutContact.into()),
            ("", phone) => {
                if !settings.phone.enabled {
                    return Err(Refusal::PhoneProviderUnsupported.into());
                }
                check_channel(&request.channel)?;
                Ok(Contact::Phone(Phone::parse(phone)?))
            }
            (email, "") => {
                if !request.channel.is_empty() {
                    return Err(Refusal::ChannelNeedsPhone.into());
                }
                if !settings.email.enabled {
                    return Err(Refusal::EmailLoginsDisabled.into());
                }
                if !settings.email.magic_link_enabled {
                    return Err(Refusal::MagicLinksDisabled.into());
                }
                Ok(Contact::Email(Email::parse(email)?))
            }
            _ => Err(Refusal::OtpWithBothContacts.into()),
        }
    }

    fn send_to_newcomer(
        &self,
        tx: Tx,
        call: &Call,
        newcomer: &Newcomer<'_>,
        mut found: Option<Account>,
    ) -> Result<(Tx, User, Sent)> {
        if self.0.settings.signup.disabled {
            return Err(Refusal::SignupDisabled.into());
        }
        if let Some(account) = &mut found {
            self.forget_unproven_password(&mut account.user)?;
        }
        match self.admit(tx, call, newcomer, found)? {
            // The confirmation signs in, so it is the link or code that was asked for.
            Admitted::Pending(tx, account) => Ok((tx, account.user, Sent::UNNAMED)),
            Admitted::Confirmed(tx, account) => self.send_to(tx, call, newcomer, account),
        }
    }

    fn send_to(
        &self,
        mut tx: Tx,
        call: &Call,
        newcomer: &Newcomer<'_>,
        account: Account,
    ) -> Result<(Tx, User, Sent)> {
        let mut user = account.user;
        let sent = self.send_sign_in_code(&mut tx, call, newcomer, &mut user)?;
        Ok((tx, user, sent))
    }

    fn send_sign_in_code(
        &self,
        tx: &mut Tx,
        call: &Call,
        newcomer: &Newcomer<'_>,
        user: &mut User,
    ) -> Result<Sent> {
        match &newcomer.contact {
            Contact::Email(_) => {
                let challenge = newcomer.challenge.as_ref();
                self.begin_flow(tx, call, user.id, "magiclink", challenge);
                self.note(tx, call, user, Event::RecoveryRequested);
                let to = self.destination(newcomer.asked, challenge);
                self.send_recovery(tx, call, user, MailKind::MagicLink, &to)?;
                Ok(Sent::UNNAMED)
            }
            Contact::Phone(_) => {
                let mut traits = Map::new();
                traits.insert("channel".to_owned(), "sms".into());
                self.note_with(tx, call, user, Event::RecoveryRequested, traits);
                self.send_phone_code(tx, call, user)
            }
        }
    }
}
