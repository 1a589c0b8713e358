//! Registration of resources: by their owner, or by a service for whoever it names.

use super::Access;
use super::error::{Refusal, Result};
use super::resource::{Asker, Resource, everybody, key, user};
use super::session::{Session, traits};
use super::word::{Kind, Permission, Visibility};
use types::audit::Event;
use types::{Call, TeamId, UserId};
use uuid::Uuid;

/// Most resources that are registered at once.
pub const BATCH_MAX: usize = 100;

/// A resource to register. What does not fit its kind is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registration {
    /// The resource, by the id that its application has chosen.
    pub resource: Resource,
    /// Its owner; none: whoever asks.
    pub owner: Option<UserId>,
    /// Of a generation: the project that it lies in.
    pub project: Option<Uuid>,
    /// Of a generation: the one that it is derived from.
    pub parent: Option<Uuid>,
    /// Of a generation: the team that it is shared with.
    pub team_context: Option<TeamId>,
    /// Of a generation: nobody but its owner sees it yet.
    pub is_unfinished: bool,
    /// Of media: the generation that the file belongs to.
    pub generation: Option<Uuid>,
    /// Of a project or a style stack; none: private.
    pub visibility: Option<Visibility>,
}

impl Access {
    /// Registers resources, none of which rests on another: all of them, or none. The version of
    /// the store with them.
    pub async fn register(
        &self,
        call: &Call,
        asker: Asker,
        registrations: &[Registration],
    ) -> Result<i64> {
        if registrations.is_empty() || registrations.len() > BATCH_MAX {
            let fault = format!("must be 1 to {BATCH_MAX}");
            return Err(Refusal::invalid("resources", fault).into());
        }
        for registration in registrations {
            registration.check()?;
        }
        // What rests on another of the same request needs it to be stored first.
        let ids: Vec<_> = registrations.iter().map(|one| one.resource).collect();
        let rests = |one: &Registration| one.needs().any(|needed| ids.contains(&needed));
        if registrations.len() > 1 && registrations.iter().any(rests) {
            let fault = "must not rest on each other: register what they rest on first";
            return Err(Refusal::invalid("resources", fault).into());
        }
        let mut session = self.begin(call, asker).await?;
        for (place, registration) in registrations.iter().enumerate() {
            if ids
                .iter()
                .take(place)
                .any(|id| *id == registration.resource)
            {
                return Err(Refusal::AlreadyRegistered(registration.resource.kind).into());
            }
            session.register(registration).await?;
        }
        session.commit().await
    }
}

impl Registration {
    /// Refuses what the kind has not.
    fn check(&self) -> Result<(), Refusal> {
        let kind = self.resource.kind;
        let fields = [
            (
                "project_id",
                self.project.is_some(),
                kind == Kind::Generation,
            ),
            ("parent_id", self.parent.is_some(), kind == Kind::Generation),
            (
                "team_id",
                self.team_context.is_some(),
                kind == Kind::Generation,
            ),
            ("completed", self.is_unfinished, kind == Kind::Generation),
            (
                "generation_id",
                self.generation.is_some(),
                kind == Kind::Media,
            ),
            (
                "visibility",
                self.visibility.is_some(),
                matches!(kind, Kind::Project | Kind::StyleStack),
            ),
        ];
        for (field, is_given, fits) in fields {
            if is_given && !fits {
                return Err(Refusal::invalid(field, format!("is no field of a {kind}")));
            }
        }
        if kind == Kind::StyleStack && self.visibility == Some(Visibility::TeamOnly) {
            return Err(Refusal::invalid(
                "visibility",
                "of a style_stack is private or public",
            ));
        }
        if kind == Kind::Media && self.generation.is_none() {
            return Err(Refusal::invalid("generation_id", "is required for media"));
        }
        Ok(())
    }

    /// The resources that must be there.
    fn needs(&self) -> impl Iterator<Item = Resource> {
        let of = |kind, id: Option<Uuid>| id.map(|id| Resource::new(kind, id));
        let project = of(Kind::Project, self.project);
        let parent = of(Kind::Generation, self.parent);
        let generation = of(Kind::Generation, self.generation);
        [project, parent, generation].into_iter().flatten()
    }
}

impl Session<'_> {
    async fn register(&mut self, new: &Registration) -> Result<()> {
        let Registration { resource, .. } = *new;
        let owner = self.owner_of(new)?;
        if matches!(self.asker, Asker::Service) {
            self.account("owner_id", owner).await?;
        }
        if self.facts(resource).await?.owner().is_some() {
            return Err(Refusal::AlreadyRegistered(resource.kind).into());
        }
        if let Some(project) = new.project {
            let project = Resource::new(Kind::Project, project);
            self.require(project, Permission::Contribute).await?;
        }
        if let Some(parent) = new.parent {
            self.require_parent(resource.id, parent).await?;
        }
        if let Some(team) = new.team_context {
            self.require_in_team(team, "at_least_contributor").await?;
        }
        if let Some(generation) = new.generation {
            let generation = Resource::new(Kind::Generation, generation);
            self.require(generation, Permission::Edit).await?;
        }
        self.write(new, owner);
        let traits = traits! { "resource": resource.to_string() };
        self.note(Event::ResourceRegistered, Some(owner), traits);
        Ok(())
    }

    /// Nobody registers what is to be somebody else's, but for a service.
    fn owner_of(&self, new: &Registration) -> Result<UserId, Refusal> {
        match (self.asker, new.owner) {
            (Asker::Service, Some(owner)) => Ok(owner),
            (Asker::Service, None) => Err(Refusal::invalid(
                "owner_id",
                "is required with a service key",
            )),
            (Asker::User(id), None) => Ok(id),
            (Asker::User(id), Some(owner)) if id == owner => Ok(id),
            (Asker::User(_), Some(_)) => Err(Refusal::ServiceOnly),
        }
    }

    fn write(&mut self, new: &Registration, owner: UserId) {
        let object = new.resource.object();
        let mut write = |relation: &str, subject| {
            self.transaction
                .write(key(&object, relation, subject), None);
        };
        write("owner", user(owner));
        let named = [
            ("project", "project", new.project),
            ("parent", "generation", new.parent),
            ("team_context", "team", new.team_context.map(|team| team.0)),
            ("generation", "generation", new.generation),
        ];
        for (relation, type_name, id) in named {
            if let Some(id) = id {
                let subject = super::resource::object(type_name, id);
                write(relation, types::Subject::Object(subject));
            }
        }
        if new.is_unfinished {
            write("unfinished", everybody());
        }
        if new.resource.kind == Kind::Project {
            // What is new shows its authors, and lets others derive from what they may see.
            write("authors_shown", everybody());
            write("improvements_on", everybody());
        }
        for relation in switches(
            new.resource.kind,
            new.visibility.unwrap_or(Visibility::Private),
        ) {
            write(relation, everybody());
        }
    }
}

/// The switches that are on for everybody at a visibility.
pub(super) const fn switches(kind: Kind, visibility: Visibility) -> &'static [&'static str] {
    match (kind, visibility) {
        (Kind::Project, Visibility::TeamOnly) => &["teams_on"],
        (Kind::Project, Visibility::Public) => &["teams_on", "public"],
        (Kind::StyleStack, Visibility::Public) => &["public"],
        _ => &[],
    }
}
