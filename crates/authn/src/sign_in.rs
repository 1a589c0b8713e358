//! Sign-in with a password.

use crate::error::{Error, Refusal, Result};
use crate::issue::Opened;
use crate::password::{Verdict, WeakPassword, check_strength};
use crate::{Authn, Issued, columns, trail};
use store::audit::{self, Actor, Entry};
use store::{Account, Tx, accounts, users};
use types::audit::Event;
use types::{Call, Email, Phone, Secret};

/// How often a password is proved when the hash that it was compared with is replaced meanwhile:
/// the second time meets the stronger hash of the same password that a sign-in at the same time
/// has stored.
pub(crate) const PROOFS_MAX: usize = 2;

/// An address or a number and the password that goes with it.
#[derive(Debug, Clone)]
pub struct PasswordGrant {
    /// The address; empty when a number is given.
    pub email: String,
    /// The number; empty when an address is given.
    pub phone: String,
    /// The password.
    pub password: Secret<String>,
}

impl PasswordGrant {
    /// The contact as it is stored; empty where it is malformed, which nobody has.
    fn known_as(&self) -> String {
        if let Ok(email) = Email::parse(&self.email) {
            return email.as_str().to_owned();
        }
        let phone = Phone::parse(&self.phone);
        phone.map_or_else(|_| String::new(), |phone| phone.as_str().to_owned())
    }
}

/// By which contact a user signs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Contact {
    Email,
    Phone,
}

impl Contact {
    const fn provider(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Phone => "phone",
        }
    }
}

/// A user who has just presented the right password.
#[derive(Debug)]
pub(crate) struct Proven {
    pub(crate) account: Account,
    contact: Contact,
    /// The password no longer meets the policy.
    weak: Option<WeakPassword>,
    /// A stronger hash of the same password, where the stored one is outdated.
    rehash: Option<String>,
}

impl Authn {
    /// Signs a user in: one read, one hash, one transaction. An unknown user, a user without a
    /// password and a wrong password cost the same and get the same answer.
    pub async fn sign_in(
        &self,
        call: &Call,
        audience: &str,
        grant: PasswordGrant,
    ) -> Result<Issued> {
        for _ in 0..PROOFS_MAX {
            let (account, contact) = self.find_for_sign_in(call, audience, &grant).await?;
            // As GoTrue does, before the password is looked at.
            if account
                .as_ref()
                .is_some_and(|account| account.user.is_banned(call.now))
            {
                return Err(Refusal::UserBannedAtSignIn.into());
            }
            let found = (account, contact);
            let mut proven = self.prove_password(call, found, &grant).await?;
            if let Some((tx, opened)) = self.open_proven(call, &mut proven).await? {
                tx.commit().await?;
                return self.issue_proven(call, proven, opened);
            }
        }
        Err(Refusal::InvalidCredentials.into())
    }

    /// Compares a password with that of the account that was found. Without an account, or one
    /// without a password, that takes as long and fails as well.
    pub(crate) async fn prove_password(
        &self,
        call: &Call,
        (account, contact): (Option<Account>, Contact),
        grant: &PasswordGrant,
    ) -> Result<Proven> {
        let (password, known_as) = (grant.password.expose(), grant.known_as());
        let hasher = &self.0.hasher;
        let stored = match &account {
            Some(account) => self.password_hash(account)?,
            None => None,
        };
        let (Some(account), Some(stored)) = (account, stored) else {
            hasher.verify_nobody(call, &known_as, password).await?;
            return Err(Refusal::InvalidCredentials.into());
        };
        let mut verdict = hasher.verify(call, &known_as, password, &stored).await?;
        if !verdict.matches {
            return Err(Refusal::InvalidCredentials.into());
        }
        // One that should be encrypted and is not.
        let is_plain = account.user.password() == Some(stored.as_str());
        verdict.outdated |= self.0.columns.encryption.is_some() && is_plain;
        self.require_confirmed(&account, contact)?;
        Ok(Proven {
            contact,
            weak: check_strength(&self.0.settings.password, password).err(),
            rehash: self.rehash(call, password, verdict).await,
            account,
        })
    }

    /// Begins the session of a user who has proved their password, unless the user was banned
    /// while the hash was computed. `None`: the hash was replaced or the user removed, and the
    /// password has to be proved again. A change of the password has ended all sessions, and this
    /// one must not come after.
    pub(crate) async fn open_proven(
        &self,
        call: &Call,
        proven: &mut Proven,
    ) -> Result<Option<(Tx, Opened)>> {
        let account = &mut proven.account;
        let mut tx = self.db(call).begin().await?;
        let now = users::lock(&mut tx, account.user.id).await?;
        let is_banned = now.as_ref().is_some_and(|now| now.is_banned(call.now));
        let is_proved = now.is_some_and(|now| now.password() == account.user.password());
        if is_banned || !is_proved {
            // What a transaction saw may not be stored yet: nobody is told about it before, and
            // nobody else would find the other hash.
            tx.commit().await?;
            return if is_banned {
                Err(Refusal::UserBannedAtSignIn.into())
            } else {
                Ok(None)
            };
        }
        let opened = self.open_session(&mut tx, call, &mut account.user, "password")?;
        if let (Some(new), Some(old)) = (&proven.rehash, account.user.password()) {
            let new = self.store_password(account.user.id, new.clone())?;
            users::rehashed(&mut tx, account.user.id, old, &new);
        }
        let entry = login_entry(account, proven.contact.provider());
        audit::append(&mut tx, call, self.entropy(), &entry);
        Ok(Some((tx, opened)))
    }

    /// The tokens of a session that has begun, and what is to be said about the password.
    pub(crate) fn issue_proven(
        &self,
        call: &Call,
        proven: Proven,
        opened: Opened,
    ) -> Result<Issued> {
        let issued = self.issue(call, proven.account, opened)?;
        Ok(Issued {
            weak_password: proven.weak,
            ..issued
        })
    }

    pub(crate) async fn find_for_sign_in(
        &self,
        call: &Call,
        audience: &str,
        grant: &PasswordGrant,
    ) -> Result<(Option<Account>, Contact)> {
        if !grant.email.is_empty() && !grant.phone.is_empty() {
            return Err(Refusal::LoginWithBothContacts.into());
        }
        let mut db = self.db(call);
        if !grant.email.is_empty() {
            if !self.0.settings.email.enabled {
                return Err(Refusal::EmailLoginsDisabled.into());
            }
            // A malformed address has no account; saying so would be another answer.
            let account = match Email::parse(&grant.email) {
                Ok(email) => accounts::find_by_email(&mut db, &email, audience).await?,
                Err(_) => None,
            };
            return Ok((account, Contact::Email));
        }
        if !grant.phone.is_empty() {
            if !self.0.settings.phone.enabled {
                return Err(Refusal::PhoneLoginsDisabled.into());
            }
            let account = match Phone::parse(&grant.phone) {
                Ok(phone) => accounts::find_by_phone(&mut db, &phone, audience).await?,
                Err(_) => None,
            };
            return Ok((account, Contact::Phone));
        }
        Err(Refusal::LoginWithoutContact.into())
    }

    /// The user's password hash, decrypted where the column is encrypted.
    pub(crate) fn password_hash(&self, account: &Account) -> Result<Option<String>> {
        let Some(stored) = account.user.password() else {
            return Ok(None);
        };
        if !columns::is_encrypted(stored) {
            return Ok(Some(stored.to_owned()));
        }
        columns::decrypt(&self.0.columns, account.user.id.0, stored)
            .map(Some)
            .map_err(|e| Error::Internal(Box::new(e)))
    }

    fn require_confirmed(&self, account: &Account, contact: Contact) -> Result<()> {
        let user = &account.user;
        match contact {
            Contact::Email
                if user.email_confirmed_at.is_none()
                    && !self.0.settings.email.allow_unverified_sign_ins =>
            {
                Err(Refusal::EmailNotConfirmed.into())
            }
            Contact::Phone if user.phone_confirmed_at.is_none() => {
                Err(Refusal::PhoneNotConfirmed.into())
            }
            _ => Ok(()),
        }
    }

    /// A stronger hash of the password just verified, where the stored one is outdated. A busy
    /// pool is no reason to fail the sign-in: the next one tries again.
    async fn rehash(&self, call: &Call, password: &str, verdict: Verdict) -> Option<String> {
        if !verdict.outdated {
            return None;
        }
        self.0.hasher.hash(call, password).await.ok()
    }
}

/// The audit line of a sign-in.
pub(crate) fn login_entry(account: &Account, provider: &str) -> Entry {
    let mut traits = serde_json::Map::new();
    traits.insert("provider".to_owned(), provider.into());
    Entry {
        event: Event::Login,
        actor: actor(account),
        subject: None,
        traits,
    }
}

/// A user as the audit log names it.
pub(crate) fn actor(account: &Account) -> Actor {
    trail::actor(&account.user)
}
