//! Mails: who may get one now, what it says, and how its link ends.

mod feign;
mod letters;
mod pending;

use crate::error::{Refusal, Result, seconds_until, too_soon};
use crate::pkce::Challenge;
use crate::settings::MailKind;
use crate::template::{MailContext, RenderedMail, confirmation_url, page_url};
use crate::{Asked, Authn, one_time};
use resilience::rate::Decision;
use store::Tx;
use store::flows::{self, Flow};
use store::outbox::{self, Message};
use store::users::User;
use types::{Call, FlowId, MailId, Time, UserId};

pub(crate) use pending::begin_change;

/// A fresh code and what it is checked against.
#[derive(Debug, Clone)]
pub(crate) struct Code {
    /// The digits that the user types.
    pub(crate) digits: String,
    /// What the link carries and the database holds.
    pub(crate) hash: String,
}

/// What a link brings to where it leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// The tokens of a session.
    Tokens,
    /// A code that only the client which asked for the mail can exchange (RFC 7636).
    Code,
}

/// Where a mailed link leads in the end.
#[derive(Debug, Clone)]
pub(crate) struct Destination {
    pub(crate) redirect_to: String,
    pub(crate) ending: Ending,
}

/// The link of a mail.
#[derive(Debug, Clone, Copy)]
enum MailedLink<'a> {
    /// To this server, which spends the token and sends the browser on.
    Verify {
        /// The `type` of the link.
        link_type: &'a str,
        /// Where it leads in the end.
        redirect_to: &'a str,
    },
    /// To a page of the application, which presents the token itself.
    Page(&'a str),
}

/// A mail with a code, and with a link unless it is one to be typed only.
#[derive(Debug, Clone, Copy)]
struct Letter<'a> {
    /// Which template.
    kind: MailKind,
    /// Whom it goes to.
    recipient: &'a str,
    code: &'a Code,
    link: Option<MailedLink<'a>>,
    /// The address that is to be confirmed, in mails about a change.
    new_email: &'a str,
}

impl Authn {
    /// Refuses a mail that would follow the last one to this user too closely.
    fn mail_not_too_soon(&self, call: &Call, last: Option<Time>) -> Result<()> {
        match too_soon(last, self.0.settings.email.max_frequency.0, call.now) {
            Some(seconds) => Err(Refusal::TooSoonForEmail { seconds }.into()),
            None => Ok(()),
        }
    }

    /// Refuses a mail to someone who may not be written to at all.
    fn may_write_to(&self, recipient: &str) -> Result<()> {
        let allowed = &self.0.settings.email.authorized_addresses;
        if allowed.is_empty() || allowed.iter().any(|a| a.eq_ignore_ascii_case(recipient)) {
            Ok(())
        } else {
            Err(Refusal::EmailNotAuthorized.into())
        }
    }

    /// Counts one message against the server's budget.
    fn take_from_mail_budget(&self, call: &Call) -> Result<()> {
        // Confirmed at once, users write no mails that could be abused: as GoTrue does.
        if self.0.settings.email.autoconfirm {
            return Ok(());
        }
        match self.0.mail_budget.take(clock_us(call)) {
            Decision::Allowed => Ok(()),
            Decision::Refused { retry_after } => Err(Refusal::OverEmailBudget {
                seconds: seconds_until(retry_after),
            }
            .into()),
        }
    }

    /// A fresh code for a contact.
    fn new_code(&self, contact: &str, ending: Ending) -> Code {
        let digits = one_time::code(self.entropy(), self.0.settings.email.otp_length);
        let hash = self.code_hash(contact, &digits);
        let hash = match ending {
            Ending::Tokens => hash,
            Ending::Code => one_time::pkce_hash(&hash),
        };
        Code { digits, hash }
    }

    /// Puts a mail into the outbox.
    fn put_mail(&self, tx: &mut Tx, call: &Call, user: &User, letter: Letter<'_>) {
        let message = self.write(call, user, letter);
        outbox::put(tx, &message);
        call.cost.add_mail();
    }

    /// A mail, rendered.
    fn write(&self, call: &Call, user: &User, letter: Letter<'_>) -> Message {
        let RenderedMail {
            subject,
            html,
            text,
            fault,
        } = self
            .0
            .templates
            .render(letter.kind, &self.context(user, letter));
        if let Some(fault) = fault {
            let kind = letter.kind.name();
            tracing::warn!(
                request.id = %call.id, kind, %fault, "a mail template could not be rendered"
            );
        }
        Message {
            id: MailId::random(self.entropy()),
            kind: letter.kind.name().to_owned(),
            recipient: letter.recipient.to_owned(),
            subject,
            text,
            html,
            user_id: Some(user.id),
            created_at: call.now,
            attempts: 0,
        }
    }

    fn context(&self, user: &User, letter: Letter<'_>) -> MailContext {
        let about_change = !letter.new_email.is_empty();
        let mut context = MailContext {
            site_url: self.0.settings.site.site_url.clone(),
            confirmation_url: String::new(),
            token: letter.code.digits.clone(),
            token_hash: String::new(),
            new_email: letter.new_email.to_owned(),
            email: user.email.clone().unwrap_or_default(),
            sending_to: String::new(),
            redirect_to: String::new(),
            data: user.user_metadata.clone(),
        };
        if about_change {
            letter.recipient.clone_into(&mut context.sending_to);
        }
        let hash = letter.code.hash.as_str();
        match letter.link {
            None => return context,
            Some(MailedLink::Verify {
                link_type,
                redirect_to,
            }) => {
                context.confirmation_url = self.link(letter.kind, link_type, hash, redirect_to);
                redirect_to.clone_into(&mut context.redirect_to);
            }
            Some(MailedLink::Page(page)) => context.confirmation_url = page_url(page, hash),
        }
        hash.clone_into(&mut context.token_hash);
        context
    }

    /// The link that a mail of this kind carries.
    pub(crate) fn link(
        &self,
        kind: MailKind,
        link_type: &str,
        hash: &str,
        redirect_to: &str,
    ) -> String {
        let settings = &self.0.settings;
        let path = settings.email.templates.of(kind).url_path.as_str();
        let path = if path.is_empty() { "/verify" } else { path };
        confirmation_url(
            &settings.site.external_url,
            path,
            hash,
            link_type,
            redirect_to,
        )
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
        // GoTrue names the provider of a sign-up `email`, and all other links by their method.
        let provider_type = method.strip_suffix("/signup").unwrap_or(method);
        let flow = Flow {
            id: FlowId::random(self.entropy()),
            user_id: Some(user),
            auth_code: Some(self.entropy().uuid().to_string()),
            code_challenge_method: Some(challenge.method.as_str().to_owned()),
            code_challenge: Some(challenge.value.clone()),
            provider_type: provider_type.to_owned(),
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

    /// Where a link leads in the end, and what it brings there.
    pub(crate) fn destination(&self, asked: &Asked, challenge: Option<&Challenge>) -> Destination {
        Destination {
            redirect_to: self.redirect_target(asked),
            ending: if challenge.is_some() {
                Ending::Code
            } else {
                Ending::Tokens
            },
        }
    }

    /// Where to send the browser: what was asked for, if that is allowed.
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
