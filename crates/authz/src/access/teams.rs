//! Teams: made, changed, given away, deleted.

use super::Access;
use super::error::{Error, Refusal, Result};
use super::facts::Facts;
use super::resource::{Asker, everybody, key, object, user};
use super::session::{Session, traits};
use super::team_fields::{description, name, size};
use super::word::Role;
use data_encoding::HEXUPPER;
use store::teams::{self, Team};
use store::tuples::TupleFilter;
use types::audit::Event;
use types::{Call, TeamId, TupleKey, UserId};

/// Members that a team may have where nothing is said.
const MEMBERS_DEFAULT: i64 = 10;
/// How often a code is drawn that another team may have.
const CODES_TRIED: usize = 5;
/// Teams that a user may own; a service makes as many as it likes.
const OWNED_MAX: usize = 100;

/// A team to make. Whoever makes it owns it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewTeam {
    /// The owner, where a service makes it.
    pub owner: Option<UserId>,
    /// What it is called.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// The most members, the owner included.
    pub members_max: Option<i64>,
}

/// What is to change of a team; what is not given stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TeamChanges {
    /// What it is called.
    pub name: Option<String>,
    /// What it is for; an empty one takes it away.
    pub description: Option<String>,
    /// The most members.
    pub members_max: Option<i64>,
    /// Whether the team counts; only its owner lets it rest or wakes it.
    pub is_active: Option<bool>,
}

/// A team as its members see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TeamShown {
    /// What it is called.
    pub team: Team,
    /// How many members it has, those that rest included.
    pub members: usize,
    /// Whether it counts: one that rests grants nothing to anybody.
    pub is_active: bool,
    /// The role of whoever asks.
    pub role: Option<Role>,
}

impl Access {
    /// Makes a team; the version of the store with it.
    pub async fn create_team(
        &self,
        call: &Call,
        asker: Asker,
        new: NewTeam,
    ) -> Result<(TeamShown, i64)> {
        let name = name(&new.name)?;
        let description = description(new.description.as_deref())?;
        let members_max = size(new.members_max.unwrap_or(MEMBERS_DEFAULT))?;
        for _ in 0..CODES_TRIED {
            let mut session = self.begin(call, asker).await?;
            let owner = match (asker, new.owner) {
                (Asker::Service, Some(owner)) => session.account("owner_id", owner).await?.id,
                (Asker::Service, None) => {
                    let fault = "is required with a service key";
                    return Err(Refusal::invalid("owner_id", fault).into());
                }
                (Asker::User(id), owner) if owner.is_none_or(|owner| owner == id) => id,
                (Asker::User(_), _) => return Err(Refusal::ServiceOnly.into()),
            };
            if asker != Asker::Service {
                session.require_room_for_team(owner).await?;
            }
            let team = Team {
                id: TeamId::random(self.entropy()),
                name: name.clone(),
                description: description.clone(),
                code: self.team_code(),
                members_max,
                created_at: call.now,
                updated_at: call.now,
            };
            teams::insert(&mut session.transaction.tx, &team);
            let object = object("team", team.id.0);
            let owning = key(&object, "owner", user(owner));
            session.transaction.write(owning, None);
            session.note(
                Event::TeamCreated,
                Some(owner),
                traits! { "team": team.id.to_string() },
            );
            let version = match session.commit().await {
                Ok(version) => version,
                Err(error) if is_taken_code(&error) => continue,
                Err(error) => return Err(error),
            };
            let shown = TeamShown {
                team,
                members: 1,
                is_active: true,
                role: Some(Role::Owner),
            };
            return Ok((shown, version));
        }
        Err(Refusal::Conflict("no code was free for the team; try again").into())
    }

    /// Changes a team: by its admins, but for whether it rests. The version of the store with it.
    pub async fn change_team(
        &self,
        call: &Call,
        asker: Asker,
        id: TeamId,
        changes: TeamChanges,
    ) -> Result<(TeamShown, i64)> {
        let mut session = self.begin(call, asker).await?;
        let wakes = changes.is_active.is_some();
        let relation = if wakes { "can_wake" } else { "can_update" };
        session.require_in_team(id, relation).await?;
        let found = teams::find(&mut session.transaction.tx, id).await?;
        let mut team = found.ok_or(Refusal::NotFound("team"))?;
        let facts = session.team_facts(id).await?;
        if let Some(text) = &changes.name {
            team.name = name(text)?;
        }
        if let Some(text) = &changes.description {
            team.description = description(Some(text))?;
        }
        if let Some(most) = changes.members_max {
            team.members_max = size(most)?;
            let members = i64::try_from(facts.members().count()).unwrap_or(i64::MAX);
            if team.members_max < members {
                let fault = format!("is less than the {members} members that there are");
                return Err(Refusal::invalid("max_members", fault).into());
            }
        }
        team.updated_at = call.now;
        teams::save(&mut session.transaction.tx, &team);
        match changes.is_active {
            Some(true) => session.transaction.delete(resting(id)),
            Some(false) => session.transaction.write(resting(id), None),
            None => {}
        }
        let traits = traits! { "team": id.to_string(), "is_active": changes.is_active };
        session.note(Event::TeamChanged, None, traits);
        let is_active = changes.is_active.unwrap_or(!facts.is_on("inactive"));
        let version = session.commit().await?;
        let shown = TeamShown {
            team,
            members: facts.members().count(),
            is_active,
            role: role_of(asker, &facts),
        };
        Ok((shown, version))
    }

    /// Deletes a team with its members, its links to projects and its invitations.
    pub async fn delete_team(&self, call: &Call, asker: Asker, id: TeamId) -> Result<i64> {
        let mut session = self.begin(call, asker).await?;
        session.require_in_team(id, "can_delete").await?;
        session.remove_team(id).await?;
        session.note(Event::TeamDeleted, None, traits! { "team": id.to_string() });
        session.commit().await
    }

    /// Gives a team to another of its members; whoever owned it becomes an admin.
    pub async fn transfer_team(
        &self,
        call: &Call,
        asker: Asker,
        id: TeamId,
        to: UserId,
    ) -> Result<i64> {
        let mut session = self.begin(call, asker).await?;
        session.require_in_team(id, "can_transfer").await?;
        let facts = session.team_facts(id).await?;
        let Some(role) = facts.role(to) else {
            return Err(Refusal::invalid("user_id", "is no member of the team").into());
        };
        if role == Role::Owner {
            return Err(Refusal::Conflict("this member owns the team already").into());
        }
        let account = session.account("user_id", to).await?;
        let rests = facts
            .of("inactive")
            .any(|one| one.tuple.key.subject == user(to));
        if rests || !account.is_active(call.now) {
            return Err(Refusal::invalid("user_id", "is a member who is not active").into());
        }
        if asker != Asker::Service {
            session.require_room_for_team(to).await?;
        }
        let object = object("team", id.0);
        for (owner, of, _) in facts.members().filter(|(_, of, _)| *of == Role::Owner) {
            session
                .transaction
                .delete(key(&object, of.name(), user(owner)));
            session
                .transaction
                .write(key(&object, Role::Admin.name(), user(owner)), None);
        }
        session
            .transaction
            .delete(key(&object, role.name(), user(to)));
        session
            .transaction
            .write(key(&object, Role::Owner.name(), user(to)), None);
        session.note(
            Event::TeamTransferred,
            Some(to),
            traits! { "team": id.to_string() },
        );
        session.commit().await
    }

    /// Six digits behind a prefix, as people read them to each other.
    fn team_code(&self) -> String {
        let mut bytes = [0; 3];
        self.entropy().fill(&mut bytes);
        format!("TM-{}", HEXUPPER.encode(&bytes))
    }
}

impl Session<'_> {
    /// Refuses whoever owns as many teams as a user may.
    async fn require_room_for_team(&mut self, owner: UserId) -> Result<()> {
        let filter = TupleFilter {
            object_type: Some("team".to_owned()),
            relation: Some(Role::Owner.name().to_owned()),
            subject: Some(user(owner)),
            ..TupleFilter::default()
        };
        let owned = self.transaction.some(&filter, OWNED_MAX).await?;
        if owned.len() < OWNED_MAX {
            Ok(())
        } else {
            let why = "whoever is to own it owns 100 teams already, the most that a user may own";
            Err(Refusal::Conflict(why).into())
        }
    }
}

/// The tuple that lets a team rest.
pub(super) fn resting(team: TeamId) -> TupleKey {
    key(&object("team", team.0), "inactive", everybody())
}

pub(super) fn role_of(asker: Asker, facts: &Facts) -> Option<Role> {
    match asker {
        Asker::User(user) => facts.role(user),
        Asker::Service => None,
    }
}

fn is_taken_code(error: &Error) -> bool {
    let Error::Internal(source) = error else {
        return false;
    };
    let mut source: Option<&(dyn std::error::Error + 'static)> = Some(source.as_ref());
    while let Some(one) = source {
        if one
            .downcast_ref::<store::Error>()
            .is_some_and(|one| one.is_duplicate("teams.code"))
        {
            return true;
        }
        source = one.source();
    }
    false
}
