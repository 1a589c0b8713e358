//! What goes with an account beside its own rows, in the transaction that deletes it.

use crate::db::Tx;
use crate::error::Result;
use std::fmt::Debug;
use std::pin::Pin;
use types::{Call, UserId};

/// The outcome of a commit that is under way.
pub type Committing<'a> = Pin<Box<dyn Future<Output = Result<()>> + Send + 'a>>;

/// Whoever keeps something of accounts that must go with them.
pub trait Departures: Debug + Send + Sync {
    /// Removes what hangs on an account, in the transaction that deletes it, and commits both.
    fn commit<'a>(&'a self, call: &'a Call, tx: Tx, user: UserId) -> Committing<'a>;
}

/// Nothing hangs on accounts.
#[derive(Debug, Clone, Copy)]
pub struct Nothing;

impl Departures for Nothing {
    fn commit<'a>(&'a self, _call: &'a Call, tx: Tx, _user: UserId) -> Committing<'a> {
        Box::pin(tx.commit())
    }
}
