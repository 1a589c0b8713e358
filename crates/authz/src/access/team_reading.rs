//! Teams as their members see them; whoever only looks holds up nobody who changes something.

use super::Access;
use super::error::{Refusal, Result};
use super::facts::Facts;
use super::resource::{Asker, id_of, object, user};
use super::session::{entry, traits};
use super::team_fields::MEMBERS_MAX;
use super::teams::{TeamShown, resting, role_of};
use super::word::Role;
use crate::question::FirstQuestion;
use crate::request::Consistency;
use std::collections::{BTreeMap, BTreeSet};
use store::teams::{self, Team};
use store::tuples::{self, TupleFilter};
use types::audit::Event;
use types::{Call, Subject, TeamId, UserId};
use uuid::Uuid;

/// Who may look at a team: its members that count, and whoever may wake it.
pub(super) const LOOKING: &[&str] = &["can_view", "can_wake"];
/// Teams of one user that are listed.
const LISTED_MAX: i64 = 1_000;

impl Access {
    /// A team, for its members.
    pub async fn show_team(&self, call: &Call, asker: Asker, id: TeamId) -> Result<TeamShown> {
        let facts = self.team_of_member(call, asker, id).await?;
        let found = teams::find(&mut self.db(call), id).await?;
        let team = found.ok_or(Refusal::NotFound("team"))?;
        Ok(shown(team, &facts, role_of(asker, &facts)))
    }

    /// The teams that a user is a member of and may look at, in the order of their names.
    pub async fn teams_of(
        &self,
        call: &Call,
        asker: Asker,
        of: Option<UserId>,
    ) -> Result<Vec<TeamShown>> {
        let member = super::decide::subject(asker, of)?;
        if asker == Asker::Service {
            let asked = traits! { "asked": "the teams" };
            self.note_question(
                call,
                &entry(asker, Event::DecisionAsked, Some(member), asked),
            )
            .await?;
        }
        self.require_active(call, asker, member).await?;
        let known = self.authz().known(call, super::STORE).await?;
        let filter = TupleFilter {
            object_type: Some("team".to_owned()),
            subject: Some(user(member)),
            ..TupleFilter::default()
        };
        let (mut db, number) = (self.db(call), known.number);
        let found = tuples::read(&mut db, number, &filter, None, call.now, LISTED_MAX).await?;
        let roles = found.into_iter().filter_map(|stored| {
            let role = Role::parse(&stored.tuple.key.relation)?;
            let id = id_of(&Subject::Object(stored.tuple.key.object))?;
            Some((TeamId(id), role))
        });
        let roles: BTreeMap<_, _> = roles.collect();
        let ids: Vec<_> = roles.keys().copied().collect();
        let ids = self.teams_with(call, member, &ids, LOOKING).await?;
        let sizes = self.team_sizes(call, number, &ids).await?;
        let resting = self.resting_teams(call, number, &ids).await?;
        let found = teams::find_all(&self.db(call), &ids).await?.into_iter();
        let mut all: Vec<_> = found
            .map(|team| TeamShown {
                members: sizes.get(&team.id).copied().unwrap_or_default(),
                is_active: !resting.contains(&team.id),
                role: roles.get(&team.id).copied(),
                team,
            })
            .collect();
        all.sort_by(|one, other| one.team.name.cmp(&other.team.name));
        Ok(all)
    }

    /// How many members teams have.
    async fn team_sizes(
        &self,
        call: &Call,
        store: i64,
        ids: &[TeamId],
    ) -> Result<BTreeMap<TeamId, usize>> {
        let of_role = |id: &TeamId, role: &Role| (object("team", id.0), role.name().to_owned());
        let roles = ids
            .iter()
            .flat_map(|id| Role::ALL.iter().map(|role| of_role(id, role)));
        let sets: Vec<_> = roles.collect();
        let counted = tuples::count_objects(&mut self.db(call), store, &sets, call.now).await?;
        let mut sizes = BTreeMap::new();
        for (id, count) in counted {
            if let Ok(id) = Uuid::parse_str(&id) {
                *sizes.entry(TeamId(id)).or_default() += usize::try_from(count).unwrap_or(0);
            }
        }
        Ok(sizes)
    }

    /// Those of some teams that rest as a whole.
    async fn resting_teams(
        &self,
        call: &Call,
        store: i64,
        ids: &[TeamId],
    ) -> Result<BTreeSet<TeamId>> {
        let resting = ids.iter().map(|id| resting(*id));
        let keys: Vec<_> = resting.collect();
        let found = tuples::find_all(&mut self.db(call), store, &keys)
            .await?
            .into_iter();
        let ids = found.filter_map(|stored| Uuid::parse_str(stored.tuple.key.object.id()).ok());
        Ok(ids.map(TeamId).collect())
    }

    /// What is known of a team, for those who may look at it: for all others there is none.
    pub(super) async fn team_of_member(
        &self,
        call: &Call,
        asker: Asker,
        id: TeamId,
    ) -> Result<Facts> {
        let facts = self.team_facts(call, id).await?;
        let may_look = match asker {
            Asker::Service => facts.members().next().is_some(),
            Asker::User(user) => !self
                .teams_with(call, user, &[id], LOOKING)
                .await?
                .is_empty(),
        };
        if may_look {
            Ok(facts)
        } else {
            Err(Refusal::NotFound("team").into())
        }
    }

    /// Whether whoever asks may invite others into a team, and by that see who is invited and at
    /// which addresses.
    pub(super) async fn may_invite(&self, call: &Call, asker: Asker, id: TeamId) -> Result<bool> {
        let Asker::User(user) = asker else {
            return Ok(true);
        };
        let found = self.teams_with(call, user, &[id], &["can_invite"]).await?;
        Ok(!found.is_empty())
    }

    /// Those of some teams to which a user has one of some relations.
    pub(super) async fn teams_with(
        &self,
        call: &Call,
        user: UserId,
        teams: &[TeamId],
        relations: &[&str],
    ) -> Result<Vec<TeamId>> {
        let questions = teams.iter();
        let questions = questions.map(|team| FirstQuestion::of_team(user, *team, relations));
        let questions: Vec<_> = questions.collect();
        let scope = self.scope(Consistency::MinimizeLatency);
        let answered = self.authz().first(call, scope, &questions).await?;
        let mut found = Vec::new();
        for (team, held) in teams.iter().zip(answered.value) {
            if held?.is_some() {
                found.push(*team);
            }
        }
        Ok(found)
    }

    /// What the store says of a team now.
    pub(super) async fn team_facts(&self, call: &Call, id: TeamId) -> Result<Facts> {
        let known = self.authz().known(call, super::STORE).await?;
        let filter = TupleFilter {
            object_type: Some("team".to_owned()),
            object_id: Some(id.0.hyphenated().to_string()),
            ..TupleFilter::default()
        };
        let (mut db, number) = (self.db(call), known.number);
        let most = 3 * MEMBERS_MAX;
        let found = tuples::read(&mut db, number, &filter, None, call.now, most).await?;
        Ok(Facts::new(found))
    }
}

fn shown(team: Team, facts: &Facts, role: Option<Role>) -> TeamShown {
    TeamShown {
        team,
        members: facts.members().count(),
        is_active: !facts.is_on("inactive"),
        role,
    }
}
