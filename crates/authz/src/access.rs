//! Resources that are known by their UUIDs, teams and media: use cases over the model that ships
//! with the server, in a store of its own.

mod accounts;
mod change;
mod decide;
mod emergency;
mod ending;
mod error;
mod facts;
mod grants;
mod invitation_budget;
mod invitations;
mod letter;
mod links;
mod media;
mod members;
mod parents;
mod paths;
mod provenance;
mod register;
mod removal;
mod resource;
mod session;
mod show;
mod sight;
mod team_fields;
mod team_reading;
mod teams;
mod visible;
mod word;

pub use change::{Changes, Set};
pub use decide::{Ask, Decision, Item};
pub use emergency::{EmergencyRequest, MINUTES_MAX};
pub use error::{Error, Refusal, Result};
pub use grants::GrantRequest;
pub use invitations::{InvitationRequest, Invited, Offer};
pub use media::{MediaKey, MediaRequest, MediaToken, Opened, SKEW_MAX, SPAN_MAX, Signed};
pub use members::Member;
pub use provenance::{Ancestor, PARENTS_MAX, Provenance};
pub use register::{BATCH_MAX, Registration};
pub use removal::Removed;
pub use resource::{Asker, Resource};
pub use show::{Collaborator, Link, Privacy, PrivacyChanges, Shown};
pub use team_fields::MEMBERS_MAX;
pub use teams::{NewTeam, TeamChanges, TeamShown};
pub use visible::{Visible, VisibleQuestion};
pub use word::{AccessLevel, Denial, GrantLevel, Kind, Method, Permission, Role, Visibility};

use crate::request::{Consistency, Scope};
use crate::service::Authz;
use accounts::Accounts;
use invitation_budget::InvitationBudget;
use paths::Paths;
use rebac::{Model, to_json};
use std::sync::Arc;
use store::{Read, store_models, stores};
use types::{Call, Entropy, ModelId, Secret, StoreId};
use ulid::Ulid;

/// The store of the model that ships with the server. Its id is behind that of no other store, and
/// it is listed nowhere: what other clients keep in stores is not changed by it.
pub const STORE: StoreId = StoreId(Ulid(1));
/// What the store is called.
const STORE_NAME: &str = "resources";
/// The model, as it ships.
pub const MODEL: &str = include_str!("../models/uuid.fga");

/// Every use case about resources, teams and media. Made once at the start, cheap to clone.
#[derive(Debug, Clone)]
pub struct Access(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    authz: Authz,
    /// The model that this server ships: all that it decides it decides by this one, whatever newer
    /// or older servers over the same database do.
    model: ModelId,
    paths: Paths,
    accounts: Accounts,
    invitation_budget: InvitationBudget,
    settings: Settings,
}

/// What the operator decided, and what is derived from the database's secret.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Signs the tokens of media.
    pub media_key: MediaKey,
    /// The application, where whoever is invited to a team is sent.
    pub site_url: String,
    /// Addresses that may be written to; empty: all of them.
    pub authorized_addresses: Vec<String>,
}

impl Access {
    /// Makes sure that the store and the model of this server are there, and puts the parts
    /// together.
    pub async fn open(authz: Authz, call: &Call, settings: Settings) -> crate::Result<Self> {
        let (model, _) = rebac::dsl::parse(MODEL).map_err(|errors| {
            let first = errors.first().map(ToString::to_string);
            crate::Error::Internal(first.unwrap_or_default().into())
        })?;
        let paths = Paths::of(&model);
        authz.seed(call).await?;
        let model = authz.seed_model(call, model).await?;
        Ok(Self(Arc::new(Inner {
            authz,
            model,
            paths,
            accounts: Accounts::default(),
            invitation_budget: InvitationBudget::default(),
            settings,
        })))
    }

    /// The model that decides.
    pub fn model(&self) -> ModelId {
        self.0.model
    }

    fn authz(&self) -> &Authz {
        &self.0.authz
    }

    fn paths(&self) -> &Paths {
        &self.0.paths
    }

    fn accounts(&self) -> &Accounts {
        &self.0.accounts
    }

    fn invitation_budget(&self) -> &InvitationBudget {
        &self.0.invitation_budget
    }

    fn settings(&self) -> &Settings {
        &self.0.settings
    }

    fn entropy(&self) -> &dyn Entropy {
        &*self.authz().parts().entropy
    }

    fn db(&self, call: &Call) -> store::Db {
        self.authz().parts().store.db(call)
    }

    /// Where questions are asked.
    fn scope(&self, consistency: Consistency) -> Scope {
        Scope {
            store: STORE,
            model: Some(self.0.model),
            consistency,
        }
    }

    /// A secret of 256 bits as text.
    fn secret(&self) -> Secret<String> {
        let mut bytes = [0; 32];
        self.entropy().fill(&mut bytes);
        Secret::new(data_encoding::BASE64URL_NOPAD.encode(&bytes))
    }
}

impl Authz {
    /// Makes the store, unless a server has done so.
    async fn seed(&self, call: &Call) -> crate::Result<()> {
        let parts = self.parts();
        if stores::find(&mut parts.store.db(call), STORE)
            .await?
            .is_some()
        {
            return Ok(());
        }
        let mut tx = parts.store.db(call).begin().await?;
        let made = match stores::create(&mut tx, STORE, STORE_NAME, call.now).await {
            Ok(_) => tx.commit().await,
            Err(error) => Err(error),
        };
        match made {
            // Another server was quicker.
            Err(error) if error.is_duplicate("stores.id") => Ok(()),
            made => Ok(made?),
        }
    }

    /// Finds this very model among those of the store, or adds it. Servers of several versions may
    /// run over one database: each asks its own.
    async fn seed_model(&self, call: &Call, model: Model) -> crate::Result<ModelId> {
        let known = self.known(call, STORE).await?;
        let mut db = self.parts().store.db(call);
        if let Some(id) = find_model(&mut db, known.number, &model).await? {
            return Ok(id);
        }
        // Of several servers that start at once, one adds it.
        let mut tx = self.lock_for_model(call, STORE, &known).await?;
        if let Some(id) = find_model(&mut tx, known.number, &model).await? {
            return Ok(id);
        }
        self.put_model(call, STORE, &known, (tx, model)).await
    }
}

/// The id of this very model, if the store has it.
async fn find_model(
    db: &mut impl Read,
    store: i64,
    model: &Model,
) -> crate::Result<Option<ModelId>> {
    let body = to_json(model);
    for row in store_models::list(db, store, None, i64::MAX).await? {
        let stored = serde_json::from_str::<serde_json::Value>(&row.body);
        if stored.is_ok_and(|stored| stored == body) {
            return Ok(Some(row.id));
        }
    }
    Ok(None)
}
