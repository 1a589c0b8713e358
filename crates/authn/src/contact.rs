//! The address or number by which a user is found.

use crate::Authn;
use crate::error::Result;
use store::users::{self, User};
use store::{Account, Tx, accounts};
use types::{Call, Email, Phone, UserId};

/// A contact, checked.
#[derive(Debug, Clone)]
pub(crate) enum Contact {
    Email(Email),
    Phone(Phone),
}

impl Contact {
    /// The provider of the identity that goes with it.
    pub(crate) const fn provider(&self) -> &'static str {
        match self {
            Self::Email(_) => "email",
            Self::Phone(_) => "phone",
        }
    }

    /// The address in lower case, or the digits of the number.
    pub(crate) fn as_str(&self) -> &str {
        match self {
            Self::Email(email) => email.as_str(),
            Self::Phone(phone) => phone.as_str(),
        }
    }

    /// The user has this contact.
    pub(crate) fn is_of(&self, user: &User) -> bool {
        let contact = match self {
            Self::Email(_) => user.email.as_deref(),
            Self::Phone(_) => user.phone.as_deref(),
        };
        contact.is_some_and(|contact| contact.eq_ignore_ascii_case(self.as_str()))
    }

    /// The user has shown that this kind of contact is theirs.
    pub(crate) const fn is_confirmed(&self, user: &User) -> bool {
        match self {
            Self::Email(_) => user.email_confirmed_at.is_some(),
            Self::Phone(_) => user.phone_confirmed_at.is_some(),
        }
    }
}

impl Authn {
    /// Who has this contact among the users of `audience`, kept from being changed by anyone else
    /// until the transaction ends. Looked for inside of it: on `SQLite` that shows who registered
    /// a moment ago, which a reader outside would only learn from the next commit.
    pub(crate) async fn lock_contact(
        &self,
        tx: &mut Tx,
        contact: &Contact,
        audience: &str,
    ) -> Result<Option<Account>> {
        let found = match contact {
            Contact::Email(email) => accounts::find_by_email(tx, email, audience).await?,
            Contact::Phone(phone) => accounts::find_by_phone(tx, phone, audience).await?,
        };
        // Nobody is locked like somebody: one round trip less would tell who has an account.
        let id = match &found {
            Some(account) => account.user.id,
            None => UserId::random(self.entropy()),
        };
        let locked = users::lock(tx, id).await?;
        let user = locked.filter(|user| contact.is_of(user));
        Ok(found
            .zip(user)
            .map(|(account, user)| Account { user, ..account }))
    }

    /// Begins a transaction with a user in it, whom nobody else changes until it ends.
    pub(crate) async fn lock_account(
        &self,
        call: &Call,
        id: UserId,
    ) -> Result<Option<(Tx, Account)>> {
        let mut tx = self.db(call).begin().await?;
        users::lock(&mut tx, id).await?;
        let account = accounts::reload(&mut tx, id).await?;
        Ok(account.map(|account| (tx, account)))
    }

    /// Contacts of this kind count as confirmed without a message.
    pub(crate) fn confirms_at_once(&self, contact: &Contact) -> bool {
        match contact {
            Contact::Email(_) => self.0.settings.email.autoconfirm,
            Contact::Phone(_) => self.0.settings.phone.autoconfirm,
        }
    }
}
