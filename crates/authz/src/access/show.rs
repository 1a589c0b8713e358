//! A resource as those see it who may know of it.

use super::Access;
use super::error::{Refusal, Result};
use super::facts::Facts;
use super::resource::{Asker, Resource};
use super::sight::Sight;
use super::word::{AccessLevel, GrantLevel, Kind, Permission, Visibility};
use crate::question::FirstQuestion;
use crate::request::Consistency;
use std::sync::Arc;
use types::{Call, TeamId, Time, UserId};
use uuid::Uuid;

/// A resource, as far as whoever asks may know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// Which.
    pub resource: Resource,
    /// Its owner, where that is not hidden.
    pub owner: Option<UserId>,
    /// Since when it is theirs.
    pub owned_since: Option<Time>,
    /// Of a generation: its project.
    pub project: Option<Uuid>,
    /// Of a generation: what it was derived from.
    pub parent: Option<Uuid>,
    /// Of a generation: the team that it is shared with.
    pub team_context: Option<TeamId>,
    /// Of a generation: others than its owner may see it.
    pub completed: Option<bool>,
    /// Of media: the generation.
    pub generation: Option<Uuid>,
    /// Of a project or a style stack.
    pub visibility: Option<Visibility>,
    /// Of a project, for its owner.
    pub privacy: Option<Privacy>,
    /// Of a project, where they are not hidden.
    pub links: Option<Vec<Link>>,
    /// Of a project, for its owner.
    pub collaborators: Option<Vec<Collaborator>>,
    /// Without an emergency access less of this would be told, or nothing.
    pub is_emergency: bool,
}

/// The privacy settings of a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Privacy {
    /// Only the teams that are named count, of those that are linked.
    pub restrict_to_specific_teams: bool,
    /// The teams that are named.
    pub allowed_team_ids: Vec<TeamId>,
    /// Members of one team are not told which others there are.
    pub hide_from_other_teams: bool,
    /// It is told who made a generation.
    pub allow_generation_attribution: bool,
    /// Others may derive from what they see.
    pub allow_generation_improvements: bool,
}

/// What is to change of the privacy settings; what is not given stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PrivacyChanges {
    /// See [`Privacy::restrict_to_specific_teams`].
    pub restrict_to_specific_teams: Option<bool>,
    /// See [`Privacy::allowed_team_ids`].
    pub allowed_team_ids: Option<Vec<TeamId>>,
    /// See [`Privacy::hide_from_other_teams`].
    pub hide_from_other_teams: Option<bool>,
    /// See [`Privacy::allow_generation_attribution`].
    pub allow_generation_attribution: Option<bool>,
    /// See [`Privacy::allow_generation_improvements`].
    pub allow_generation_improvements: Option<bool>,
}

/// A team in a project.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    /// Which team.
    pub team: TeamId,
    /// The most that its members may do.
    pub level: AccessLevel,
    /// The privacy settings hold it back: it gives nothing.
    pub is_held: bool,
}

/// A collaborator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collaborator {
    /// Who.
    pub user: UserId,
    /// What they may do.
    pub level: GrantLevel,
    /// When it ends.
    pub expires_at: Option<Time>,
    /// Since when.
    pub granted_at: Time,
    /// Who granted it.
    pub granted_by: String,
}

impl Access {
    /// What there is to know of a resource, for whoever may.
    pub async fn show(&self, call: &Call, asker: Asker, resource: Resource) -> Result<Shown> {
        let missing = Refusal::NotFound(resource.kind.name());
        let mut rights = self.rights(call, asker, resource).await?;
        if rights.sight.is_hidden() {
            return Err(missing.into());
        }
        let facts = self.facts(call, resource).await?;
        let Some(owner) = facts.owner() else {
            return Err(missing.into());
        };
        rights.is_owner |= asker == Asker::User(owner);
        let kind = resource.kind;
        let is_generation = kind == Kind::Generation;
        let links = || facts.links().into_iter().map(link).collect();
        let has_visibility = matches!(kind, Kind::Project | Kind::StyleStack);
        let is_managed = kind == Kind::Project && rights.may_manage;
        let project = self.known_of(call, asker, Kind::Project, facts.one("project"));
        let (project, project_sight) = project.await?;
        let parent = self.known_of(call, asker, Kind::Generation, facts.one("parent"));
        let (parent, parent_sight) = parent.await?;
        let sights = [rights.sight, project_sight, parent_sight];
        let is_emergency = sights.contains(&Sight::Emergency);
        if let Asker::User(user) = asker
            && is_emergency
        {
            self.note_emergency_use(call, asker, user, &[resource].into())
                .await?;
        }
        // The team is the owner's to tell, and its members know of it.
        let is_team_told = rights.is_owner || self.is_of_team(call, asker, &facts).await?;
        let team = facts.one("team_context").filter(|_| is_team_told);
        Ok(Shown {
            resource,
            owner: rights.sees_owner.then_some(owner),
            owned_since: facts.owned_since(),
            project,
            parent,
            team_context: team.map(TeamId),
            completed: is_generation.then(|| !facts.is_on("unfinished")),
            generation: facts.one("generation"),
            visibility: has_visibility.then(|| facts.visibility()),
            privacy: is_managed.then(|| Privacy::of(&facts)),
            links: (kind == Kind::Project && rights.sees_teams).then(links),
            collaborators: is_managed.then(|| collaborators(&facts)),
            is_emergency,
        })
    }

    /// What a resource names, where whoever asks may know of that too.
    async fn known_of(
        &self,
        call: &Call,
        asker: Asker,
        kind: Kind,
        id: Option<Uuid>,
    ) -> Result<(Option<Uuid>, Sight)> {
        let Some(id) = id else {
            return Ok((None, Sight::Hidden));
        };
        let sight = self.sight(call, asker, Resource::new(kind, id)).await?;
        Ok(((!sight.is_hidden()).then_some(id), sight))
    }

    /// Whether whoever asks is of the team that a generation is shared with, and may look at it.
    async fn is_of_team(&self, call: &Call, asker: Asker, facts: &Facts) -> Result<bool> {
        let (Some(team), Asker::User(user)) = (facts.one("team_context"), asker) else {
            return Ok(asker == Asker::Service);
        };
        let team = TeamId(team);
        let found = self.teams_with(call, user, &[team], &["can_view"]).await?;
        Ok(!found.is_empty())
    }

    /// What the store says of a resource now.
    pub(super) async fn facts(&self, call: &Call, resource: Resource) -> Result<Facts> {
        let known = self.authz().known(call, super::STORE).await?;
        let filter = store::tuples::TupleFilter {
            object_type: Some(resource.kind.name().to_owned()),
            object_id: Some(resource.id.hyphenated().to_string()),
            ..Default::default()
        };
        let (mut db, number) = (self.db(call), known.number);
        let most = i64::try_from(FACTS_MAX).unwrap_or(i64::MAX);
        let found = store::tuples::read(&mut db, number, &filter, None, call.now, most).await?;
        Ok(Facts::new(found))
    }

    async fn rights(&self, call: &Call, asker: Asker, resource: Resource) -> Result<Rights> {
        let Asker::User(user) = asker else {
            return Ok(Rights::ALL);
        };
        let kind = resource.kind;
        let managing = self.paths().granting(kind, Permission::Share);
        let managing = managing.map(|one| one.relations.clone());
        let relation = |name: &str| [name.to_owned()].into();
        let viewing = self.paths().viewing(kind);
        let sees_owner = match kind {
            Kind::Generation | Kind::Media => relation("can_see_author"),
            _ => Arc::clone(&viewing.relations),
        };
        let sees_teams = match kind {
            Kind::Project => relation("can_see_teams"),
            _ => Arc::clone(&viewing.relations),
        };
        let questions = [
            Arc::clone(&viewing.relations),
            managing.unwrap_or_default(),
            sees_owner,
            sees_teams,
        ];
        let questions = questions.map(|them| FirstQuestion::of(user, resource, &them));
        let scope = self.scope(Consistency::MinimizeLatency);
        let answered = self.authz().first(call, scope, &questions).await?;
        let held = answered.value.into_iter();
        let held = held.collect::<Result<Vec<_>, _>>()?;
        let [seen, managed, owner, teams] = held.as_slice() else {
            return Ok(Rights::NONE);
        };
        Ok(Rights {
            is_owner: false,
            sight: Sight::of(viewing.method(*seen)),
            may_manage: managed.is_some(),
            sees_owner: owner.is_some(),
            sees_teams: teams.is_some(),
        })
    }
}

/// Tuples about one resource: links, teams and collaborators are limited to fewer.
const FACTS_MAX: usize = 2_000;

/// What whoever asks may see.
#[derive(Debug, Clone, Copy)]
struct Rights {
    is_owner: bool,
    sight: Sight,
    may_manage: bool,
    sees_owner: bool,
    sees_teams: bool,
}

impl Rights {
    const ALL: Self = Self {
        is_owner: true,
        sight: Sight::Seen,
        may_manage: true,
        sees_owner: true,
        sees_teams: true,
    };
    const NONE: Self = Self {
        is_owner: false,
        sight: Sight::Hidden,
        may_manage: false,
        sees_owner: false,
        sees_teams: false,
    };
}

impl Privacy {
    pub(super) fn of(facts: &Facts) -> Self {
        Self {
            restrict_to_specific_teams: facts.is_on("restricted"),
            allowed_team_ids: facts.all("allowed_team").map(TeamId).collect(),
            hide_from_other_teams: !facts.is_on("teams_shown"),
            allow_generation_attribution: facts.is_on("authors_shown"),
            allow_generation_improvements: facts.is_on("improvements_on"),
        }
    }

    /// The settings with some of them changed.
    pub(super) fn with(self, changes: &PrivacyChanges) -> Self {
        let restricts = changes.restrict_to_specific_teams;
        let hides = changes.hide_from_other_teams;
        let attributes = changes.allow_generation_attribution;
        let improves = changes.allow_generation_improvements;
        let allowed = changes.allowed_team_ids.clone();
        let mut allowed_team_ids = allowed.unwrap_or(self.allowed_team_ids);
        allowed_team_ids.sort_unstable();
        allowed_team_ids.dedup();
        Self {
            restrict_to_specific_teams: restricts.unwrap_or(self.restrict_to_specific_teams),
            allowed_team_ids,
            hide_from_other_teams: hides.unwrap_or(self.hide_from_other_teams),
            allow_generation_attribution: attributes.unwrap_or(self.allow_generation_attribution),
            allow_generation_improvements: improves.unwrap_or(self.allow_generation_improvements),
        }
    }
}

fn link((team, level, is_held): (Uuid, AccessLevel, bool)) -> Link {
    Link {
        team: TeamId(team),
        level,
        is_held,
    }
}

fn collaborators(facts: &Facts) -> Vec<Collaborator> {
    let all = facts.collaborators();
    all.map(|(user, level, stored)| Collaborator {
        user,
        level,
        expires_at: stored.tuple.expires_at,
        granted_at: stored.written_at,
        granted_by: stored.actor.clone(),
    })
    .collect()
}
