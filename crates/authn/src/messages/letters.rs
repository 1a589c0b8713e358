//! The letters: for each kind of mail, whether it may be sent now, and the code that it carries.

use super::pending::begin_change;
use super::{Code, Destination, Ending, Letter, MailedLink};
use crate::Authn;
use crate::error::Result;
use crate::settings::MailKind;
use store::Tx;
use store::users::User;
use types::Call;

impl Authn {
    /// Sends the mail that confirms a new account.
    pub(crate) fn send_confirmation(
        &self,
        tx: &mut Tx,
        call: &Call,
        user: &mut User,
        to: &Destination,
    ) -> Result<()> {
        self.mail_not_too_soon(call, user.confirmation_sent_at)?;
        let email = self.admit_to_own_address(call, user)?;
        let code = self.pend_confirmation(tx, call, user, to.ending);
        let letter = Letter {
            kind: MailKind::Confirmation,
            recipient: &email,
            code: &code,
            link: Some(link("signup", to)),
            new_email: "",
        };
        self.put_mail(tx, call, user, letter);
        Ok(())
    }

    /// Sends an administrator's invitation.
    pub(crate) fn send_invite(
        &self,
        tx: &mut Tx,
        call: &Call,
        user: &mut User,
        to: &Destination,
    ) -> Result<()> {
        let email = self.admit_to_own_address(call, user)?;
        let code = self.pend_confirmation(tx, call, user, Ending::Tokens);
        user.invited_at = Some(call.now);
        let letter = Letter {
            kind: MailKind::Invite,
            recipient: &email,
            code: &code,
            link: Some(link("invite", to)),
            new_email: "",
        };
        self.put_mail(tx, call, user, letter);
        Ok(())
    }

    /// Sends a mail that recovers the account (`MailKind::Recovery`) or signs in
    /// (`MailKind::MagicLink`): the same token under two names.
    pub(crate) fn send_recovery(
        &self,
        tx: &mut Tx,
        call: &Call,
        user: &mut User,
        kind: MailKind,
        to: &Destination,
    ) -> Result<()> {
        self.mail_not_too_soon(call, user.recovery_sent_at)?;
        let email = self.admit_to_own_address(call, user)?;
        let code = self.pend_recovery(tx, call, user, to.ending);
        let letter = Letter {
            kind,
            recipient: &email,
            code: &code,
            link: Some(link(recovery_link_type(kind), to)),
            new_email: "",
        };
        self.put_mail(tx, call, user, letter);
        Ok(())
    }

    /// Sends a mail whose link opens a page of the application, where another password is chosen.
    /// Its token is not made from a code that could be typed, and so not from one that could be
    /// guessed.
    pub(crate) fn send_reset(
        &self,
        tx: &mut Tx,
        call: &Call,
        user: &mut User,
        page: &str,
    ) -> Result<()> {
        self.mail_not_too_soon(call, user.recovery_sent_at)?;
        let email = self.admit_to_own_address(call, user)?;
        let code = self.new_reset_code(&email);
        self.pend_recovery_code(tx, call, user, &code);
        self.put_mail(tx, call, user, reset_letter(&email, &code, page));
        Ok(())
    }

    /// Asks the new address to confirm a change, and the current one too where that is wanted.
    pub(crate) fn send_email_change(
        &self,
        tx: &mut Tx,
        call: &Call,
        user: &mut User,
        new_email: &str,
        to: &Destination,
    ) -> Result<()> {
        self.mail_not_too_soon(call, user.email_change_sent_at)?;
        let email = user.email.clone().unwrap_or_default();
        let asks_both = self.0.settings.email.secure_change_enabled && !email.is_empty();
        self.may_write_to(new_email)?;
        if asks_both {
            self.may_write_to(&email)?;
        }
        self.take_from_mail_budget(call)?;
        begin_change(tx, user, new_email);
        let code = self.pend_change_of_new(tx, call, user, to.ending);
        let letter = Letter {
            kind: MailKind::EmailChange,
            recipient: new_email,
            code: &code,
            link: Some(link("email_change", to)),
            new_email,
        };
        self.put_mail(tx, call, user, letter);
        if asks_both {
            let code = self.pend_change_of_current(tx, call, user, to.ending);
            let letter = Letter {
                recipient: &email,
                code: &code,
                ..letter
            };
            self.put_mail(tx, call, user, letter);
        }
        Ok(())
    }

    /// Sends a code that allows one sensitive change. It is typed, so the mail has no link.
    pub(crate) fn send_reauthentication(
        &self,
        tx: &mut Tx,
        call: &Call,
        user: &mut User,
    ) -> Result<()> {
        self.mail_not_too_soon(call, user.reauthentication_sent_at)?;
        let email = self.admit_to_own_address(call, user)?;
        let code = self.pend_reauthentication(tx, call, user);
        let letter = Letter {
            kind: MailKind::Reauthentication,
            recipient: &email,
            code: &code,
            link: None,
            new_email: "",
        };
        self.put_mail(tx, call, user, letter);
        Ok(())
    }

    /// Counts one mail to the user's own address, if that may be written to.
    fn admit_to_own_address(&self, call: &Call, user: &User) -> Result<String> {
        let email = user.email.clone().unwrap_or_default();
        self.admit_mail(call, &email)?;
        Ok(email)
    }

    /// Counts one mail to an address, if that may be written to.
    pub(super) fn admit_mail(&self, call: &Call, email: &str) -> Result<()> {
        self.may_write_to(email)?;
        self.take_from_mail_budget(call)
    }
}

/// The `type` of the link in a mail of one of the two kinds that carry a recovery token.
pub(super) fn recovery_link_type(kind: MailKind) -> &'static str {
    if kind == MailKind::MagicLink {
        "magiclink"
    } else {
        "recovery"
    }
}

/// A link to this server.
pub(super) fn link<'a>(link_type: &'a str, to: &'a Destination) -> MailedLink<'a> {
    MailedLink::Verify {
        link_type,
        redirect_to: &to.redirect_to,
    }
}

pub(super) const fn reset_letter<'a>(
    recipient: &'a str,
    code: &'a Code,
    page: &'a str,
) -> Letter<'a> {
    Letter {
        kind: MailKind::Recovery,
        recipient,
        code,
        link: Some(MailedLink::Page(page)),
        new_email: "",
    }
}
