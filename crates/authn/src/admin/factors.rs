//! Second factors of a user, seen and changed by an administrator.

use super::fits_column;
use crate::error::{Error, Refusal, Result};
use crate::mfa::{factor_of, remove_factor};
use crate::trail::{actor, administrator};
use crate::{Admin, Authn};
use serde_json::Map;
use store::audit::{self, Entry};
use store::factors::{self, Factor};
use types::audit::Event;
use types::{Call, FactorId, Phone, UserId};

/// What an administrator changes in a factor; empty fields leave it as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FactorChange {
    /// The new name.
    pub friendly_name: String,
    /// The new number of a phone factor; other factors have none.
    pub phone: String,
}

impl Authn {
    /// The factors of a user, oldest first.
    pub async fn list_factors(
        &self,
        call: &Call,
        admin: &Admin,
        user: UserId,
    ) -> Result<Vec<Factor>> {
        Ok(self.get_user(call, admin, user).await?.factors)
    }

    /// Renames a factor, or gives a phone factor another number.
    pub async fn update_factor(
        &self,
        call: &Call,
        admin: &Admin,
        (user, factor): (UserId, FactorId),
        change: &FactorChange,
    ) -> Result<Factor> {
        fits_column("friendly_name", &change.friendly_name)?;
        let locked = self.lock_account(call, user).await?;
        let (mut tx, account) = locked.ok_or(Refusal::UserNotFound)?;
        let mut factor = factor_of(&account, factor)?.clone();
        if !change.friendly_name.is_empty() {
            factor.friendly_name = Some(change.friendly_name.clone());
            factor.updated_at = call.now;
        }
        if !change.phone.is_empty() && factor.factor_type == "phone" {
            factor.phone = Some(Phone::parse(&change.phone)?.to_string());
            factor.updated_at = call.now;
        }
        factors::save(&mut tx, &factor);
        let mut traits = Map::new();
        traits.insert("user_id".to_owned(), user.to_string().into());
        traits.insert("factor_id".to_owned(), factor.id.to_string().into());
        let factor_type = factor.factor_type.as_str();
        traits.insert("factor_type".to_owned(), factor_type.into());
        let entry = Entry {
            event: Event::FactorUpdated,
            actor: administrator(admin),
            subject: Some(user),
            traits,
        };
        audit::append(&mut tx, call, self.entropy(), &entry);
        tx.commit().await.map_err(|e| conflict(e, change))?;
        Ok(factor)
    }

    /// Removes a factor: for somebody who has lost it. What it gave to sessions goes with it.
    pub async fn delete_factor(
        &self,
        call: &Call,
        _admin: &Admin,
        (user, factor): (UserId, FactorId),
    ) -> Result<Factor> {
        let locked = self.lock_account(call, user).await?;
        let (mut tx, account) = locked.ok_or(Refusal::UserNotFound)?;
        let factor = factor_of(&account, factor)?.clone();
        let mut traits = Map::new();
        traits.insert("user_id".to_owned(), user.to_string().into());
        traits.insert("factor_id".to_owned(), factor.id.to_string().into());
        let entry = Entry {
            event: Event::FactorDeleted,
            // GoTrue names the owner here, not the administrator.
            actor: actor(&account.user),
            subject: None,
            traits,
        };
        audit::append(&mut tx, call, self.entropy(), &entry);
        remove_factor(&mut tx, call, &factor).await?;
        tx.commit().await?;
        Ok(factor)
    }
}

fn conflict(error: store::Error, change: &FactorChange) -> Error {
    let refusal = if error.is_duplicate("mfa_factors.friendly_name, mfa_factors.user_id") {
        let name = change.friendly_name.clone();
        Refusal::FactorNameConflict { name }
    } else if error.is_duplicate("mfa_factors.user_id, mfa_factors.phone") {
        Refusal::PhoneExists
    } else {
        return error.into();
    };
    refusal.into()
}
