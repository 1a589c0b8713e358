//! Who is this? Every sign-in flow as a use case; no HTTP, no SQL text, no authorization.
//!
//! One file per flow. Each flow reads what it needs, decides, and makes one transaction; nothing
//! but statements is awaited while that transaction is open, and nothing is sent before it has
//! committed.

pub mod account;
pub mod admin;
mod anonymous;
pub mod attempts;
pub mod authenticate;
pub mod authorize;
pub mod columns;
mod contact;
mod error;
pub mod exchange;
pub mod generate_link;
mod hash_costs;
pub mod identities;
pub mod invite;
pub mod issue;
pub mod keys;
mod messages;
mod metadata;
pub mod mfa;
pub mod one_time;
pub mod otp;
pub mod password;
mod phone;
pub mod pkce;
mod providers;
mod reauthenticate;
mod recover;
pub mod redirect;
mod refresh;
pub mod refresh_token;
pub mod resend;
pub mod settings;
pub mod shared_keys;
pub mod sign_in;
mod sign_out;
pub mod signup;
pub mod template;
pub mod token;
pub mod totp;
mod trail;
pub mod user_update;
pub mod verify;

pub use authenticate::{Admin, Caller};
pub use error::{Error, Refusal, Result};
pub use issue::{Issued, Trace};
pub use phone::Sent;

use keys::KeySet;
use password::Hasher;
use redirect::RedirectPolicy;
use resilience::rate::{Budget, KeyedBudget};
use settings::{ColumnKeys, Settings};
use shared_keys::SharedKeys;
use std::sync::Arc;
use store::departures::Departures;
use store::{Db, Store};
use template::Templates;
use types::{Call, Entropy};

/// What every flow may use. Made once at the start, cheap to clone.
#[derive(Clone, Debug)]
pub struct Authn(Arc<Parts>);

/// The parts that [`Authn`] is made of.
#[derive(Debug)]
pub struct Parts {
    /// The database.
    pub store: Store,
    /// What the operator decided.
    pub settings: Settings,
    /// Signs and verifies access tokens.
    pub keys: KeySet,
    /// Derived from the secret in the database.
    pub shared_keys: SharedKeys,
    /// Hashes passwords on its own pool.
    pub hasher: Hasher,
    /// The only source of randomness.
    pub entropy: Arc<dyn Entropy>,
    /// Keys of encrypted columns.
    pub columns: ColumnKeys,
    /// Where users may be sent back to.
    pub redirects: RedirectPolicy,
    /// The mails.
    pub templates: Templates,
    /// How many mails the whole server may still send.
    pub mail_budget: Budget,
    /// How many text messages the whole server may still send.
    pub sms_budget: Budget,
    /// How many wrong codes may still be tried for one contact or factor.
    pub wrong_codes: KeyedBudget<String>,
    /// What goes with an account that is deleted.
    pub departures: Arc<dyn Departures>,
}

impl Authn {
    /// Puts the parts together.
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    /// What the operator decided.
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// The keys that access tokens are signed and verified with.
    pub fn keys(&self) -> &KeySet {
        &self.0.keys
    }

    /// Where users may be sent back to.
    pub fn redirects(&self) -> &RedirectPolicy {
        &self.0.redirects
    }

    /// The token hash of a code that is sent to `contact`: [`one_time::hash`] with our key.
    pub(crate) fn code_hash(&self, contact: &str, code: &str) -> String {
        one_time::hash(&self.0.shared_keys.codes, contact, code)
    }

    pub(crate) fn db(&self, call: &Call) -> Db {
        self.0.store.db(call)
    }

    pub(crate) fn entropy(&self) -> &dyn Entropy {
        self.0.entropy.as_ref()
    }
}

/// What every request of the GoTrue API carries beside its body.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    /// The audience that the request is made for.
    pub audience: String,
    /// Where the client wants the user to be sent back to.
    pub redirect_to: Option<String>,
    /// The page that the request came from.
    pub referer: Option<String>,
}
