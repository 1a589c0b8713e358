//! Removal of a factor by its owner.

use super::{factor_of, gone, remove_factor, session_of, traits};
use crate::error::{Refusal, Result};
use crate::{Authn, Caller};
use types::audit::Event;
use types::{Call, FactorId};

impl Authn {
    /// Removes one of the caller's factors. A verified one must have been passed; sessions that
    /// it raised fall back to the first level.
    pub async fn unenroll_factor(&self, call: &Call, caller: &Caller, id: FactorId) -> Result<()> {
        let session_id = session_of(caller)?;
        let (mut tx, account) = self.lock_caller(call, caller).await?;
        let factor = factor_of(&account, id)?;
        let session = account.session.as_ref().ok_or_else(gone)?;
        if factor.is_verified() && session.aal != "aal2" {
            return Err(Refusal::AalForUnenrol.into());
        }
        remove_factor(&mut tx, call, factor).await?;
        let traits = traits([
            ("factor_id", factor.id.to_string()),
            ("factor_status", factor.status.clone()),
            ("session_id", session_id.to_string()),
        ]);
        self.note_with(
            &mut tx,
            call,
            &account.user,
            Event::FactorUnenrolled,
            traits,
        );
        Ok(tx.commit().await?)
    }
}
