//! Changes of a resource by its owner: another owner, another project, another team, another
//! visibility, completed at last.

use super::Access;
use super::error::{Refusal, Result};
use super::facts::Facts;
use super::register::switches;
use super::resource::{Asker, Resource, everybody, key, object, user};
use super::session::{Session, traits};
use super::word::{Kind, Permission, Visibility};
use serde_json::{Map, Value as Json};
use types::audit::Event;
use types::{Call, Subject, TeamId, UserId};
use uuid::Uuid;

/// What to do with something that may be there or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Set<T> {
    /// Leave it as it is.
    #[default]
    Keep,
    /// Take it away.
    Clear,
    /// Let it be this.
    To(T),
}

/// What is to change of a resource: all of it, or nothing. What does not fit its kind is refused.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// Another owner.
    pub owner: Option<UserId>,
    /// Of a generation: the project that it lies in.
    pub project: Set<Uuid>,
    /// Of a generation: the team that it is shared with.
    pub team_context: Set<TeamId>,
    /// Of a generation: it does not tell any more what it was derived from.
    pub forgets_parent: bool,
    /// Of a generation: whether others than its owner may see it.
    pub completed: Option<bool>,
    /// Of a project or a style stack.
    pub visibility: Option<Visibility>,
}

impl Access {
    /// Changes a resource; the version of the store with it.
    pub async fn change(
        &self,
        call: &Call,
        asker: Asker,
        resource: Resource,
        changes: &Changes,
    ) -> Result<i64> {
        changes.check(resource.kind)?;
        let mut session = self.begin(call, asker).await?;
        session.require_owner(resource).await?;
        let facts = session.facts(resource).await?;
        let mut change = Change {
            session,
            resource,
            facts,
            traits: traits! { "resource": resource.to_string() },
        };
        change.owner(changes.owner).await?;
        change.project(changes.project).await?;
        change.team_context(changes.team_context).await?;
        if changes.forgets_parent {
            change.replace("parent", None);
        }
        change.completed(changes.completed);
        change.visibility(changes.visibility);
        let Change {
            mut session,
            traits,
            facts,
            ..
        } = change;
        session.note(Event::ResourceChanged, facts.owner(), traits);
        session.commit().await
    }
}

impl Changes {
    fn check(&self, kind: Kind) -> Result<(), Refusal> {
        let of_generation = [
            ("project_id", self.project != Set::Keep),
            ("team_id", self.team_context != Set::Keep),
            ("parent_id", self.forgets_parent),
            ("completed", self.completed.is_some()),
        ];
        for (field, is_given) in of_generation {
            if is_given && kind != Kind::Generation {
                return Err(Refusal::invalid(field, format!("is no field of a {kind}")));
            }
        }
        match (self.visibility, kind) {
            (Some(Visibility::TeamOnly), Kind::StyleStack) => {
                let fault = "of a style_stack is private or public";
                return Err(Refusal::invalid("visibility", fault));
            }
            (None, _) | (Some(_), Kind::Project | Kind::StyleStack) => {}
            (Some(_), Kind::Generation | Kind::Media) => {
                let fault = format!("is no field of a {kind}");
                return Err(Refusal::invalid("visibility", fault));
            }
        }
        if *self == Self::default() {
            return Err(Refusal::invalid("body", "has nothing to change"));
        }
        Ok(())
    }
}

impl Session<'_> {
    /// Refuses whoever is neither the owner nor a service.
    pub(super) async fn require_owner(&mut self, resource: Resource) -> Result<()> {
        // Whoever may know of it hears that they may not share it, all others that it is not there.
        match (self.asker, resource.kind) {
            (Asker::Service, _) | (_, Kind::Project | Kind::StyleStack) => {
                self.require(resource, Permission::Share).await.map(drop)
            }
            (Asker::User(id), Kind::Generation | Kind::Media) => {
                let sight = self.require(resource, Permission::View).await?;
                if self.facts(resource).await?.owner() == Some(id) {
                    return Ok(());
                }
                Err(Refusal::Forbidden {
                    permission: Permission::Admin,
                    kind: resource.kind,
                    is_emergency: sight.is_emergency(),
                }
                .into())
            }
        }
    }
}

/// A change under way, with what the audit log will say of it.
struct Change<'a> {
    session: Session<'a>,
    resource: Resource,
    facts: Facts,
    traits: Map<String, Json>,
}

impl Change<'_> {
    async fn owner(&mut self, owner: Option<UserId>) -> Result<()> {
        let Some(owner) = owner else { return Ok(()) };
        let account = self.session.account("owner_id", owner).await?;
        if !account.is_active(self.session.call.now) {
            return Err(Refusal::invalid("owner_id", "is an account that is not active").into());
        }
        self.note("owner_id", owner.to_string());
        self.replace("owner", Some(user(owner)));
        Ok(())
    }

    async fn project(&mut self, project: Set<Uuid>) -> Result<()> {
        let subject = match project {
            Set::Keep => return Ok(()),
            Set::Clear => None,
            Set::To(id) => {
                let target = Resource::new(Kind::Project, id);
                let contribute = Permission::Contribute;
                self.session.require(target, contribute).await?;
                Some(Subject::Object(target.object()))
            }
        };
        self.note("project", text(subject.as_ref()));
        self.replace("project", subject);
        Ok(())
    }

    async fn team_context(&mut self, team: Set<TeamId>) -> Result<()> {
        let subject = match team {
            Set::Keep => return Ok(()),
            Set::Clear => None,
            Set::To(team) => {
                let role = "at_least_contributor";
                self.session.require_in_team(team, role).await?;
                Some(Subject::Object(object("team", team.0)))
            }
        };
        self.note("team", text(subject.as_ref()));
        self.replace("team_context", subject);
        Ok(())
    }

    fn completed(&mut self, completed: Option<bool>) {
        let Some(completed) = completed else { return };
        self.note("completed", completed);
        self.replace("unfinished", (!completed).then(everybody));
    }

    fn visibility(&mut self, visibility: Option<Visibility>) {
        let Some(visibility) = visibility else { return };
        self.note("visibility", visibility.name());
        let on = switches(self.resource.kind, visibility);
        for switch in ["teams_on", "public"] {
            self.replace(switch, on.contains(&switch).then(everybody));
        }
    }

    /// Lets a relation name this alone, or nothing.
    fn replace(&mut self, relation: &str, subject: Option<Subject>) {
        let transaction = &mut self.session.transaction;
        for stored in self.facts.of(relation) {
            transaction.delete(stored.tuple.key.clone());
        }
        if let Some(subject) = subject {
            transaction.write(key(&self.resource.object(), relation, subject), None);
        }
    }

    fn note(&mut self, what: &str, value: impl Into<Json>) {
        self.traits.insert(what.to_owned(), value.into());
    }
}

fn text(subject: Option<&Subject>) -> Option<String> {
    subject.map(ToString::to_string)
}
