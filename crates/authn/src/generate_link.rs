//! Links that an administrator delivers in their own way: made as for a mail, and not sent.

use crate::contact::Contact;
use crate::error::{Error, Refusal, Result};
use crate::invite::Guest;
use crate::messages::{Code, Ending, begin_change};
use crate::settings::MailKind;
use crate::signup::{ATTEMPTS_MAX, save};
use crate::{Admin, Asked, Authn, metadata};
use serde_json::{Map, Value as Json};
use store::{Account, users};
use types::audit::Event;
use types::{Call, Email, Secret, UserId};

/// The link that an administrator wants.
#[derive(Debug, Clone)]
pub struct LinkRequest {
    /// What it is for, by GoTrue's name.
    pub kind: String,
    /// The user's address.
    pub email: String,
    /// The address to change to, for links that change it.
    pub new_email: String,
    /// The password of a user who is signed up.
    pub password: Secret<String>,
    /// What goes into a new user's metadata.
    pub data: Map<String, Json>,
    /// Where the link leads in the end, if that is allowed.
    pub redirect_to: String,
}

/// A link, with what it is made of.
#[derive(Debug, Clone)]
pub struct GeneratedLink {
    /// The user that it is for.
    pub account: Account,
    /// The link.
    pub action_link: String,
    /// The code that does the same.
    pub email_otp: String,
    /// The token in the link.
    pub hashed_token: String,
    /// What the link is for: of a stranger's magic link, `signup`.
    pub verification_type: &'static str,
    /// Where the link leads in the end.
    pub redirect_to: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Signup,
    Invite,
    MagicLink,
    Recovery,
    EmailChangeCurrent,
    EmailChangeNew,
}

impl Kind {
    const ALL: [Self; 6] = [
        Self::Signup,
        Self::Invite,
        Self::MagicLink,
        Self::Recovery,
        Self::EmailChangeCurrent,
        Self::EmailChangeNew,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::EmailChangeCurrent => "email_change_current",
            Self::EmailChangeNew => "email_change_new",
            kind => kind.mail().1,
        }
    }

    /// The kind of mail whose link this is, and the `type` in that link.
    const fn mail(self) -> (MailKind, &'static str) {
        match self {
            Self::Signup => (MailKind::Confirmation, "signup"),
            Self::Invite => (MailKind::Invite, "invite"),
            Self::MagicLink => (MailKind::MagicLink, "magiclink"),
            Self::Recovery => (MailKind::Recovery, "recovery"),
            Self::EmailChangeCurrent | Self::EmailChangeNew => {
                (MailKind::EmailChange, "email_change")
            }
        }
    }
}

impl Authn {
    /// Makes a link, and the account where it is a link for a new one.
    pub async fn generate_link(
        &self,
        call: &Call,
        asked: &Asked,
        admin: &Admin,
        request: LinkRequest,
    ) -> Result<GeneratedLink> {
        let email = Email::parse(&request.email)?;
        metadata::check(&request.data)?;
        let kind = Kind::ALL
            .into_iter()
            .find(|kind| kind.name() == request.kind);
        let kind = kind.ok_or_else(|| Refusal::LinkType {
            kind: request.kind.clone(),
        })?;
        for _ in 0..ATTEMPTS_MAX {
            let known = users::id_of_email(&mut self.db(call), &email, &asked.audience).await?;
            let made = match (kind, known) {
                (Kind::MagicLink | Kind::Recovery, Some(id)) => {
                    self.link_of_recovery(call, kind, id).await?
                }
                (Kind::EmailChangeCurrent | Kind::EmailChangeNew, Some(id)) => {
                    self.link_of_change(call, admin, kind, id, &request.new_email)
                        .await?
                }
                (Kind::Recovery | Kind::EmailChangeCurrent | Kind::EmailChangeNew, None) => {
                    return Err(Refusal::UserWithEmailNotFound.into());
                }
                (Kind::Signup | Kind::Invite, _) | (Kind::MagicLink, None) => {
                    let guest = self
                        .guest(call, asked, &request, (kind, known), &email)
                        .await?;
                    self.link_of_guest(call, admin, kind, &guest).await?
                }
            };
            if let Some(made) = made {
                return Ok(self.finish_link(asked, &request, made));
            }
        }
        Err(Error::internal("an address is neither free nor taken"))
    }

    fn finish_link(
        &self,
        asked: &Asked,
        request: &LinkRequest,
        (kind, account, code): (Kind, Account, Code),
    ) -> GeneratedLink {
        let redirect_to = if self.0.redirects.allows(&request.redirect_to) {
            request.redirect_to.clone()
        } else {
            self.redirect_target(asked)
        };
        let (mail, link_type) = kind.mail();
        GeneratedLink {
            action_link: self.link(mail, link_type, &code.hash, &redirect_to),
            email_otp: code.digits,
            hashed_token: code.hash,
            verification_type: kind.name(),
            account,
            redirect_to,
        }
    }

    /// `None`: the user has gone meanwhile.
    async fn link_of_recovery(
        &self,
        call: &Call,
        kind: Kind,
        id: UserId,
    ) -> Result<Option<(Kind, Account, Code)>> {
        let Some((mut tx, mut account)) = self.lock_account(call, id).await? else {
            return Ok(None);
        };
        let user = &mut account.user;
        if kind == Kind::MagicLink {
            self.forget_unproven_password(user)?;
        }
        self.note(&mut tx, call, user, Event::RecoveryRequested);
        let code = self.pend_recovery(&mut tx, call, user, Ending::Tokens);
        let stored = save(tx, &account.user).await?;
        Ok(stored.then_some((kind, account, code)))
    }

    async fn link_of_change(
        &self,
        call: &Call,
        admin: &Admin,
        kind: Kind,
        id: UserId,
        new_email: &str,
    ) -> Result<Option<(Kind, Account, Code)>> {
        let asks_both = self.0.settings.email.secure_change_enabled;
        if kind == Kind::EmailChangeCurrent && !asks_both {
            return Err(Refusal::CurrentEmailNotAsked.into());
        }
        let new_email = Email::parse(new_email)?;
        let Some((mut tx, mut account)) = self.lock_account(call, id).await? else {
            return Ok(None);
        };
        let user = &mut account.user;
        if users::is_email_held(&mut tx, &new_email, &user.aud, user.id).await? {
            return Err(Refusal::EmailExists.into());
        }
        begin_change(&mut tx, user, new_email.as_str());
        let code = if kind == Kind::EmailChangeNew {
            self.pend_change_of_new(&mut tx, call, user, Ending::Tokens)
        } else {
            self.pend_change_of_current(&mut tx, call, user, Ending::Tokens)
        };
        self.note_link(&mut tx, call, admin, kind.name(), &account.user);
        let stored = save(tx, &account.user).await?;
        Ok(stored.then_some((kind, account, code)))
    }

    /// Who is to be signed up or invited. A stranger's magic link signs up without a password.
    async fn guest<'a>(
        &self,
        call: &Call,
        asked: &'a Asked,
        request: &'a LinkRequest,
        (kind, known): (Kind, Option<UserId>),
        email: &Email,
    ) -> Result<Guest<'a>> {
        let password = request.password.expose();
        let hash = match kind {
            Kind::Signup if known.is_none() => {
                if password.is_empty() {
                    return Err(Refusal::SignupNeedsPassword.into());
                }
                self.check_password(password)?;
                self.0.hasher.hash(call, password).await?
            }
            Kind::MagicLink => self.0.hasher.hash_of_no_password(),
            _ => String::new(),
        };
        Ok(Guest {
            asked,
            contact: Contact::Email(email.clone()),
            data: &request.data,
            hash,
        })
    }

    async fn link_of_guest(
        &self,
        call: &Call,
        admin: &Admin,
        kind: Kind,
        guest: &Guest<'_>,
    ) -> Result<Option<(Kind, Account, Code)>> {
        let (mut tx, mut account) = self.host(call, guest).await?;
        let user = &mut account.user;
        let kind = if kind == Kind::Invite {
            self.hand_over(&mut tx, call, admin, user);
            user.invited_at = Some(call.now);
            Kind::Invite
        } else {
            metadata::merge(&mut user.user_metadata, guest.data.clone());
            metadata::require_fit(user)?;
            self.note_link(&mut tx, call, admin, Kind::Signup.name(), user);
            Kind::Signup
        };
        let code = self.pend_confirmation(&mut tx, call, user, Ending::Tokens);
        let stored = save(tx, &account.user).await?;
        Ok(stored.then_some((kind, account, code)))
    }
}
