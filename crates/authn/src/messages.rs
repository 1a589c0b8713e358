//! Mails: who may get one now, what it says, and the pending token that goes with it.

use crate::error::{Refusal, Result, too_soon};
use crate::pkce::Challenge;
use crate::settings::MailKind;
use crate::template::{MailContext, confirmation_url};
use crate::{Asked, Authn, one_time};
use resilience::rate::Decision;
use store::Tx;
use store::flows::{self, Flow};
use store::one_time_tokens::{self, TokenType};
use store::outbox::{self, Message};
use store::users::User;
use types::{Call, FlowId, MailId, OneTimeTokenId, Time, UserId};

/// The prefix of tokens whose link ends in a code instead of a session.
pub(crate) const PKCE_PREFIX: &str = "pkce_";

/// A fresh code and what it is checked against.
#[derive(Debug, Clone)]
pub(crate) struct Code {
    /// The digits that the user types.
    pub(crate) digits: String,
    /// What the link carries and the database holds.
    pub(crate) hash: String,
}

/// A mail with a link or a code.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Letter<'a> {
    /// Which template.
    pub(crate) kind: MailKind,
    /// The `type` of the link.
    pub(crate) link_type: &'a str,
    /// Whom it goes to.
    pub(crate) recipient: &'a str,
    /// The code and its hash.
    pub(crate) code: &'a Code,
    /// Where the link leads in the end.
    pub(crate) redirect_to: &'a str,
    /// The address that is to be confirmed, in mails about a change.
    pub(crate) new_email: &'a str,
}

impl Authn {
    /// Refuses a mail that would follow the last one to this user too closely.
    pub(crate) fn mail_not_too_soon(&self, call: &Call, last: Option<Time>) -> Result<()> {
        match too_soon(last, self.0.settings.email.max_frequency.0, call.now) {
            Some(seconds) => Err(Refusal::TooSoonForEmail { seconds }.into()),
            None => Ok(()),
        }
    }

    /// Counts one mail against the server's budget, if `recipient` may be written to at all.
    pub(crate) fn admit_mail(&self, call: &Call, recipient: &str) -> Result<()> {
        let allowed = &self.0.settings.email.authorized_addresses;
        if !allowed.is_empty() && !allowed.iter().any(|a| a.eq_ignore_ascii_case(recipient)) {
            return Err(Refusal::EmailNotAuthorized.into());
        }
        // Confirmed at once, users write no mails that could be abused: as GoTrue does.
        if self.0.settings.email.autoconfirm {
            return Ok(());
        }
        match self.0.mail_budget.take(clock_us(call)) {
            Decision::Allowed => Ok(()),
            Decision::Refused { .. } => Err(Refusal::OverEmailBudget.into()),
        }
    }

    /// A fresh code for an address; with `pkce`, one whose link ends in a code.
    pub(crate) fn new_code(&self, contact: &str, digits: u8, pkce: bool) -> Code {
        let code = one_time::code(self.entropy(), digits);
        let hash = if pkce {
            one_time::pkce_hash(contact, &code)
        } else {
            one_time::hash(contact, &code)
        };
        Code { digits: code, hash }
    }

    /// A fresh code for an e-mail.
    pub(crate) fn new_email_code(&self, email: &str, pkce: bool) -> Code {
        self.new_code(email, self.0.settings.email.otp_length, pkce)
    }

    /// Makes a code the user's pending one of its type.
    pub(crate) fn put_token(
        &self,
        tx: &mut Tx,
        call: &Call,
        user: UserId,
        token_type: TokenType,
        code: &Code,
        relates_to: &str,
    ) {
        let id = OneTimeTokenId::random(self.entropy());
        one_time_tokens::put(tx, id, user, token_type, &code.hash, relates_to, call.now);
    }

    /// Puts a mail into the outbox.
    pub(crate) fn put_mail(&self, tx: &mut Tx, call: &Call, user: &User, letter: Letter<'_>) {
        let settings = &self.0.settings;
        let path = settings.email.templates.of(letter.kind).url_path.as_str();
        let path = if path.is_empty() { "/verify" } else { path };
        let link = confirmation_url(
            &settings.site.external_url,
            path,
            &letter.code.hash,
            letter.link_type,
            letter.redirect_to,
        );
        let about_change = !letter.new_email.is_empty();
        let context = MailContext {
            site_url: settings.site.site_url.clone(),
            confirmation_url: link,
            token: letter.code.digits.clone(),
            token_hash: letter.code.hash.clone(),
            new_email: letter.new_email.to_owned(),
            email: user.email.clone().unwrap_or_default(),
            sending_to: if about_change {
                letter.recipient.to_owned()
            } else {
                String::new()
            },
            redirect_to: letter.redirect_to.to_owned(),
            data: user.user_metadata.clone(),
        };
        let mail = self.0.templates.render(letter.kind, &context);
        if let Some(fault) = &mail.fault {
            tracing::warn!(kind = ?letter.kind, %fault, "a mail template could not be rendered");
        }
        let message = Message {
            id: MailId::random(self.entropy()),
            kind: letter.kind.name().to_owned(),
            recipient: letter.recipient.to_owned(),
            subject: mail.subject,
            text: mail.text,
            html: mail.html,
            user_id: Some(user.id),
            created_at: call.now,
            attempts: 0,
        };
        outbox::put(tx, &message);
    }

    /// Begins a flow whose link ends in a code (RFC 7636), if the client asked for one.
    pub(crate) fn begin_flow(
        &self,
        tx: &mut Tx,
        call: &Call,
        user: UserId,
        method: &str,
        challenge: Option<&Challenge>,
    ) {
        let Some(challenge) = challenge else { return };
        let flow = Flow {
            id: FlowId::random(self.entropy()),
            user_id: Some(user),
            auth_code: Some(self.entropy().uuid().to_string()),
            code_challenge_method: Some(challenge.method.as_str().to_owned()),
            code_challenge: Some(challenge.value.clone()),
            provider_type: method.to_owned(),
            provider_access_token: Some(String::new()),
            provider_refresh_token: Some(String::new()),
            created_at: call.now,
            authentication_method: method.to_owned(),
            auth_code_issued_at: None,
            invite_token: None,
            referrer: None,
            linking_target_id: None,
            email_optional: false,
        };
        flows::insert(tx, &flow);
    }

    /// Sends the mail that confirms a new account.
    pub(crate) fn send_confirmation(
        &self,
        tx: &mut Tx,
        call: &Call,
        user: &mut User,
        asked: &Asked,
        pkce: bool,
    ) -> Result<()> {
        self.mail_not_too_soon(call, user.confirmation_sent_at)?;
        let email = user.email.clone().unwrap_or_default();
        self.admit_mail(call, &email)?;
        let code = self.new_email_code(&email, pkce);
        user.confirmation_token.clone_from(&code.hash);
        user.confirmation_sent_at = Some(call.now);
        self.put_token(tx, call, user.id, TokenType::Confirmation, &code, &email);
        let letter = Letter {
            kind: MailKind::Confirmation,
            link_type: "signup",
            recipient: &email,
            code: &code,
            redirect_to: &self.redirect_target(asked),
            new_email: "",
        };
        self.put_mail(tx, call, user, letter);
        Ok(())
    }

    /// Where a link leads in the end.
    pub(crate) fn redirect_target(&self, asked: &Asked) -> String {
        self.0
            .redirects
            .resolve(asked.redirect_to.as_deref(), asked.referer.as_deref())
    }
}

/// The call's time on the clock that budgets are measured on.
pub(crate) fn clock_us(call: &Call) -> u64 {
    u64::try_from(call.now.0).unwrap_or(0)
}
