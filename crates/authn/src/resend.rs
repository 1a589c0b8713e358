//! Sending a confirmation again.

use crate::contact::Contact;
use crate::error::{Refusal, Result};
use crate::messages::{Destination, Ending};
use crate::phone::Sent;
use crate::settings::MailKind;
use crate::{Asked, Authn};
use store::Tx;
use store::users::{self, User};
use types::audit::Event;
use types::{Call, Email, Phone, UserId};

/// What is to be sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resendable {
    /// The confirmation of a new account's address.
    Signup,
    /// The confirmations of a change of address.
    EmailChange,
    /// The confirmation of a new account's number.
    Sms,
    /// The confirmation of a change of number.
    PhoneChange,
}

/// A request to send a confirmation again, to the contact that the user has now.
#[derive(Debug, Clone)]
pub struct Resend {
    /// What is to be sent; none of the known ones is refused.
    pub kind: Option<Resendable>,
    /// The address; empty when a number is given.
    pub email: String,
    /// The number; empty when an address is given.
    pub phone: String,
}

impl Resendable {
    /// Reads GoTrue's name.
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "signup" => Self::Signup,
            "email_change" => Self::EmailChange,
            "sms" => Self::Sms,
            "phone_change" => Self::PhoneChange,
            _ => return None,
        })
    }

    /// The user waits for this message. A change whose codes were taken back, as a new password
    /// does, is pending no more: the one who asked for it may have been the one to keep out.
    fn is_pending(self, user: &User) -> bool {
        match self {
            Self::Signup => user.email_confirmed_at.is_none(),
            Self::EmailChange => {
                !user.email_change_token_new.is_empty()
                    || !user.email_change_token_current.is_empty()
            }
            Self::Sms => user.phone_confirmed_at.is_none(),
            Self::PhoneChange => !user.phone_change_token.is_empty(),
        }
    }
}

impl Authn {
    /// Sends a confirmation again. Who has no account, or waits for nothing, gets the answer of
    /// one who does.
    pub async fn resend(&self, call: &Call, asked: &Asked, resend: Resend) -> Result<Sent> {
        let (kind, contact) = self.check_resend(&resend)?;
        let to = Destination {
            redirect_to: self.redirect_target(asked),
            ending: Ending::Tokens,
        };
        let mut db = self.db(call);
        let id = match &contact {
            Contact::Email(email) => users::id_of_email(&mut db, email, &asked.audience).await?,
            Contact::Phone(phone) => users::id_of_phone(&mut db, phone, &asked.audience).await?,
        };
        let mut tx = self.db(call).begin().await?;
        let id = id.unwrap_or_else(|| UserId::random(self.entropy()));
        let locked = users::lock(&mut tx, id).await?;
        let sent = if let Some(mut user) = locked.filter(|user| kind.is_pending(user)) {
            let sent = self.resend_to(&mut tx, call, kind, &mut user, &to)?;
            users::save(&mut tx, &user);
            sent
        } else {
            self.feign_message(&mut tx, call, &contact, MailKind::Confirmation, &to)?;
            Sent::UNNAMED
        };
        tx.commit().await?;
        Ok(sent)
    }

    fn check_resend(&self, resend: &Resend) -> Result<(Resendable, Contact)> {
        let kind = resend.kind.ok_or(Refusal::ResendNeedsType)?;
        if kind == Resendable::Signup && resend.email.is_empty() {
            return Err(Refusal::ResendNeedsEmail.into());
        }
        if kind == Resendable::Sms && resend.phone.is_empty() {
            return Err(Refusal::ResendNeedsPhone.into());
        }
        let settings = &self.0.settings;
        match (resend.email.as_str(), resend.phone.as_str()) {
            ("", "") => Err(Refusal::ResendWithoutContact.into()),
            ("", phone) => {
                if !settings.phone.enabled {
                    return Err(Refusal::PhoneResendDisabled.into());
                }
                Ok((kind, Contact::Phone(Phone::parse(phone)?)))
            }
            (email, "") => {
                if !settings.email.enabled {
                    return Err(Refusal::EmailRecoveryDisabled.into());
                }
                Ok((kind, Contact::Email(Email::parse(email)?)))
            }
            _ => Err(Refusal::ResendWithBothContacts.into()),
        }
    }

    fn resend_to(
        &self,
        tx: &mut Tx,
        call: &Call,
        kind: Resendable,
        user: &mut User,
        to: &Destination,
    ) -> Result<Sent> {
        match kind {
            Resendable::Signup => {
                self.note(tx, call, user, Event::ConfirmationRequested);
                self.send_confirmation(tx, call, user, to)?;
                Ok(Sent::UNNAMED)
            }
            Resendable::EmailChange => {
                let new_email = user.email_change.clone();
                self.note(tx, call, user, Event::ContactChangeRequested);
                self.send_email_change(tx, call, user, &new_email, to)?;
                Ok(Sent::UNNAMED)
            }
            Resendable::Sms => {
                self.note(tx, call, user, Event::RecoveryRequested);
                self.send_phone_code(tx, call, user)
            }
            Resendable::PhoneChange => {
                let new_phone = user.phone_change.clone();
                self.note(tx, call, user, Event::ContactChangeRequested);
                self.send_phone_change(tx, call, user, &new_phone)
            }
        }
    }
}
