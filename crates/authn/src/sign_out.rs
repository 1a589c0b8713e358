//! Sign-out: one session, all others, or all.

use crate::error::{Refusal, Result};
use crate::sign_in::actor;
use crate::{Authn, Caller};
use serde_json::Map;
use store::audit::{self, Entry};
use store::sessions;
use types::Call;
use types::audit::Event;

/// Which sessions end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    Global,
    Local,
    Others,
}

impl Scope {
    /// Nothing means everywhere.
    fn parse(text: &str) -> Result<Self> {
        match text {
            "" | "global" => Ok(Self::Global),
            "local" => Ok(Self::Local),
            "others" => Ok(Self::Others),
            other => Err(Refusal::LogoutScope {
                scope: other.to_owned(),
            }
            .into()),
        }
    }
}

impl Authn {
    /// Ends sessions of the bearer's user: `global`, `local` or `others`. Their refresh tokens go
    /// with them, and their access tokens are refused from then on.
    pub async fn sign_out(&self, call: &Call, bearer: Option<&str>, scope: &str) -> Result<()> {
        let caller = self.authenticate(call, bearer).await?;
        let scope = Scope::parse(scope)?;
        self.end_sessions(call, &caller, scope).await
    }

    /// Ends sessions of a caller.
    pub(crate) async fn end_sessions(
        &self,
        call: &Call,
        caller: &Caller,
        scope: Scope,
    ) -> Result<()> {
        let user = caller.account.user.id;
        let mut tx = self.db(call).begin().await?;
        let entry = Entry {
            event: Event::Logout,
            actor: actor(&caller.account),
            subject: None,
            traits: Map::new(),
        };
        audit::append(&mut tx, call, self.entropy(), &entry);
        // A token that names no session cannot spare one.
        match (scope, caller.session_id()) {
            (Scope::Global, _) | (_, None) => sessions::delete_all_of_user(&mut tx, user),
            (Scope::Local, Some(session)) => sessions::end(&mut tx, session),
            (Scope::Others, Some(session)) => sessions::delete_others(&mut tx, user, session),
        }
        tx.commit().await?;
        Ok(())
    }
}
