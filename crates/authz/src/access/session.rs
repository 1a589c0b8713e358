//! What every change begins and ends with: who asks is active, may do it, and is written down.

use super::error::{Error, Refusal, Result};
use super::facts::Facts;
use super::resource::{Asker, Resource, object};
use super::sight::Sight;
use super::team_reading::LOOKING;
use super::word::Permission;
use super::{Access, STORE};
use crate::question::{FirstQuestion, Held};
use crate::transaction::Transaction;
use serde_json::{Map, Value as Json};
use std::sync::Arc;
use store::audit::{self, Actor, Entry};
use store::people::{self, Person};
use types::audit::Event;
use types::{Call, TeamId, UserId};
use uuid::Uuid;

/// Why a member may not do something in a team.
pub(super) const ROLE_TOO_LOW: &str = "your role in the team does not allow this";

/// A change under way. Whatever was asked within it still holds when it commits.
#[derive(Debug)]
pub(super) struct Session<'a> {
    pub(super) access: &'a Access,
    pub(super) call: &'a Call,
    pub(super) asker: Asker,
    pub(super) transaction: Transaction,
    /// Whoever asks, where it is a user.
    pub(super) person: Option<Person>,
}

impl Access {
    /// Begins a change.
    pub(super) async fn begin<'a>(&'a self, call: &'a Call, asker: Asker) -> Result<Session<'a>> {
        let mut transaction = self.authz().begin(call, STORE).await?;
        let person = match asker {
            Asker::Service => None,
            Asker::User(id) => {
                let found = people::find(&mut transaction.tx, id).await?;
                let active = found.filter(|person| person.is_active(call.now));
                Some(active.ok_or(Refusal::Inactive)?)
            }
        };
        Ok(Session {
            access: self,
            call,
            asker,
            transaction,
            person,
        })
    }
}

impl Session<'_> {
    /// Refuses what whoever asks may not do: as if the resource were not there, unless they may
    /// know of it. A service may do everything, with what there is. What they
    /// see of it is told.
    pub(super) async fn require(
        &mut self,
        resource: Resource,
        permission: Permission,
    ) -> Result<Sight> {
        let missing = Refusal::NotFound(resource.kind.name());
        let Asker::User(user) = self.asker else {
            let owner = self.facts(resource).await?.owner();
            return Ok(owner.map(|_| Sight::Seen).ok_or(missing)?);
        };
        let paths = self.access.paths();
        let granting = paths.granting(resource.kind, permission);
        let relations = granting.map(|granting| Arc::clone(&granting.relations));
        let relations = relations.ok_or_else(|| {
            Refusal::invalid("permission", format!("is none of a {}", resource.kind))
        })?;
        let viewing = paths.viewing(resource.kind);
        let questions = [relations, Arc::clone(&viewing.relations)];
        let questions = questions.map(|them| FirstQuestion::of(user, resource, &them));
        let held = self.ask(&questions).await?;
        let [granted, seen] = held.as_slice() else {
            return Err(missing.into());
        };
        let sight = Sight::of(viewing.method(*seen));
        if granted.is_some() {
            Ok(sight)
        } else if sight.is_hidden() {
            Err(missing.into())
        } else {
            Err(Refusal::Forbidden {
                permission,
                kind: resource.kind,
                is_emergency: sight.is_emergency(),
            }
            .into())
        }
    }

    /// Refuses what whoever asks may not do in a team: as if there were no such team, unless they
    /// may look at it.
    pub(super) async fn require_in_team(&mut self, team: TeamId, relation: &str) -> Result<()> {
        let Asker::User(user) = self.asker else {
            return self.require_team(team).await;
        };
        if self.has_in_team(user, team, &[relation]).await? {
            Ok(())
        } else if self.has_in_team(user, team, LOOKING).await? {
            Err(Refusal::NotAllowed(ROLE_TOO_LOW).into())
        } else {
            Err(Refusal::NotFound("team").into())
        }
    }

    /// Whether a user has one of some relations to a team.
    pub(super) async fn has_in_team(
        &mut self,
        user: UserId,
        team: TeamId,
        relations: &[&str],
    ) -> Result<bool> {
        let question = FirstQuestion::of_team(user, team, relations);
        let held = self.ask(&[question]).await?;
        Ok(matches!(held.as_slice(), [Some(_)]))
    }

    /// Refuses a team that there is not.
    pub(super) async fn require_team(&mut self, team: TeamId) -> Result<()> {
        let found = store::teams::find(&mut self.transaction.tx, team).await?;
        Ok(found.map(drop).ok_or(Refusal::NotFound("team"))?)
    }

    async fn ask(&mut self, questions: &[FirstQuestion]) -> Result<Vec<Option<usize>>> {
        let authz = self.access.authz();
        let model = self.access.model();
        let transaction = &mut self.transaction;
        let held = authz.first_within(self.call, transaction, model, questions);
        let held: Vec<Held> = held.await?;
        held.into_iter()
            .map(|one| one.map_err(|refusal| Error::Internal(refusal.into())))
            .collect()
    }

    /// What is known of a resource; nothing of one that there is not.
    pub(super) async fn facts(&mut self, resource: Resource) -> Result<Facts> {
        let tuples = self.transaction.about(&resource.object()).await?;
        Ok(Facts::new(tuples))
    }

    /// What is known of a team.
    pub(super) async fn team_facts(&mut self, team: TeamId) -> Result<Facts> {
        let tuples = self.transaction.about(&object("team", team.0)).await?;
        Ok(Facts::new(tuples))
    }

    /// An account that is not deleted: a field of the request names it.
    pub(super) async fn account(&mut self, field: &'static str, id: UserId) -> Result<Person> {
        let found = people::find(&mut self.transaction.tx, id).await?;
        let found = found.filter(|person| person.deleted_at.is_none());
        Ok(found.ok_or_else(|| Refusal::invalid(field, "is no account"))?)
    }

    /// Writes a line of the audit log, in the transaction.
    pub(super) fn note(&mut self, event: Event, about: Option<UserId>, traits: Map<String, Json>) {
        let (call, asker) = (self.call, self.asker);
        let entry = entry(asker, event, about, traits);
        audit::append(
            &mut self.transaction.tx,
            call,
            self.access.entropy(),
            &entry,
        );
    }

    /// Stores what was changed; the version of the store with it.
    pub(super) async fn commit(self) -> Result<i64> {
        self.commit_because(None).await
    }

    /// The same with a reason for the history of changes.
    pub(super) async fn commit_because(self, reason: Option<String>) -> Result<i64> {
        let author = self.asker.author(reason);
        let authz = self.access.authz();
        Ok(authz.end(self.call, self.transaction, author).await?)
    }
}

/// A line of the audit log about what somebody did.
pub(super) fn entry(
    asker: Asker,
    event: Event,
    subject: Option<UserId>,
    traits: Map<String, Json>,
) -> Entry {
    let (id, username) = match asker {
        Asker::User(id) => (id.0, String::new()),
        Asker::Service => (Uuid::nil(), "service_key".to_owned()),
    };
    Entry {
        event,
        actor: Actor {
            id,
            username,
            name: None,
            via_sso: false,
        },
        subject,
        traits,
    }
}

/// Facts of an audit line.
macro_rules! traits {
    ($($name:literal: $value:expr),* $(,)?) => {{
        let mut traits = serde_json::Map::new();
        $(traits.insert($name.to_owned(), serde_json::Value::from($value));)*
        traits
    }};
}
pub(super) use traits;
