//! Mails to nobody: the work of a mail without a recipient, so that time does not tell who exists.

use super::letters::{link, recovery_link_type, reset_letter};
use super::{Destination, Letter};
use crate::Authn;
use crate::contact::Contact;
use crate::error::Result;
use crate::settings::MailKind;
use store::Tx;
use store::one_time_tokens::{self, TokenType};
use store::outbox::{self, Message};
use store::users::{self, User};
use types::{Call, Email, MailId, UserId};

impl Authn {
    /// Does for a contact without an account what [`Authn::send_recovery`] and its like do for one
    /// with an account: statements of the same kinds that change nothing, with a message that is
    /// written and taken back.
    pub(crate) fn feign_message(
        &self,
        tx: &mut Tx,
        call: &Call,
        contact: &Contact,
        kind: MailKind,
        to: &Destination,
    ) -> Result<()> {
        match contact {
            Contact::Email(email) => self.feign_mail(tx, call, email, kind, to),
            Contact::Phone(_) => {
                self.feign_sms(tx, call);
                Ok(())
            }
        }
    }

    fn feign_mail(
        &self,
        tx: &mut Tx,
        call: &Call,
        email: &Email,
        kind: MailKind,
        to: &Destination,
    ) -> Result<()> {
        // Counted as well: an exhausted budget must refuse both, or it would tell who exists.
        self.admit_mail(call, email.as_str())?;
        let mut nobody = self.nobody(call);
        nobody.email = Some(email.to_string());
        let code = self.new_code(email.as_str(), to.ending);
        let letter = Letter {
            kind,
            recipient: email.as_str(),
            code: &code,
            link: Some(link(recovery_link_type(kind), to)),
            new_email: "",
        };
        let message = self.write(call, &nobody, letter);
        change_nothing(tx, &nobody, &message);
        Ok(())
    }

    /// The same for [`Authn::send_reset`].
    pub(crate) fn feign_reset(&self, tx: &mut Tx, call: &Call, email: &Email, page: &str) {
        let mut nobody = self.nobody(call);
        nobody.email = Some(email.to_string());
        let code = self.new_reset_code(email.as_str());
        let message = self.write(call, &nobody, reset_letter(email.as_str(), &code, page));
        change_nothing(tx, &nobody, &message);
    }

    fn feign_sms(&self, tx: &mut Tx, call: &Call) {
        let message = Message {
            id: MailId::random(self.entropy()),
            kind: String::new(),
            recipient: String::new(),
            subject: String::new(),
            text: String::new(),
            html: String::new(),
            user_id: None,
            created_at: call.now,
            attempts: 0,
        };
        change_nothing(tx, &self.nobody(call), &message);
    }

    fn nobody(&self, call: &Call) -> User {
        User::new(UserId::random(self.entropy()), "", call.now)
    }
}

fn change_nothing(tx: &mut Tx, nobody: &User, message: &Message) {
    one_time_tokens::delete_type(tx, nobody.id, TokenType::Recovery);
    outbox::put(tx, message);
    outbox::withdraw(tx, message.id);
    users::save(tx, nobody);
}
