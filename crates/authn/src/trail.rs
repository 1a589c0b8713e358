//! Lines of the audit log, as the flows of users write them.

use crate::{Admin, Authn};
use serde_json::{Map, Value as Json};
use store::Tx;
use store::audit::{self, Actor, Entry};
use store::users::User;
use types::Call;
use types::audit::Event;
use uuid::Uuid;

impl Authn {
    /// Notes what a user did.
    pub(crate) fn note(&self, tx: &mut Tx, call: &Call, user: &User, event: Event) {
        self.note_with(tx, call, user, event, Map::new());
    }

    /// Notes what a user did, with further facts.
    pub(crate) fn note_with(
        &self,
        tx: &mut Tx,
        call: &Call,
        user: &User,
        event: Event,
        traits: Map<String, Json>,
    ) {
        let entry = Entry {
            event,
            actor: actor(user),
            subject: None,
            traits,
        };
        audit::append(tx, call, self.entropy(), &entry);
    }

    /// Notes that an administrator invited a user.
    pub(crate) fn note_invitation(&self, tx: &mut Tx, call: &Call, admin: &Admin, user: &User) {
        let mut traits = Map::new();
        let email = user.email.clone().unwrap_or_default();
        traits.insert("user_email".to_owned(), email.into());
        traits.insert("user_id".to_owned(), user.id.to_string().into());
        let entry = Entry {
            event: Event::UserInvited,
            actor: administrator(admin),
            subject: Some(user.id),
            traits,
        };
        audit::append(tx, call, self.entropy(), &entry);
    }

    /// Notes that an administrator made a link for a user.
    pub(crate) fn note_link(
        &self,
        tx: &mut Tx,
        call: &Call,
        admin: &Admin,
        link_type: &str,
        user: &User,
    ) {
        let mut traits = Map::new();
        traits.insert("type".to_owned(), link_type.into());
        let entry = Entry {
            event: Event::LinkGenerated,
            actor: administrator(admin),
            subject: Some(user.id),
            traits,
        };
        audit::append(tx, call, self.entropy(), &entry);
    }
}

/// An administrator as the audit log names them: by role.
pub(crate) fn administrator(admin: &Admin) -> Actor {
    Actor {
        id: admin.user_id.map_or(Uuid::nil(), |id| id.0),
        username: admin.role.clone(),
        name: None,
        via_sso: false,
    }
}

/// A user as the audit log names it.
pub(crate) fn actor(user: &User) -> Actor {
    let name = user
        .user_metadata
        .get("full_name")
        .and_then(serde_json::Value::as_str);
    Actor {
        id: user.id.0,
        username: user.contact().to_owned(),
        name: name.map(str::to_owned),
        via_sso: user.is_sso_user,
    }
}
