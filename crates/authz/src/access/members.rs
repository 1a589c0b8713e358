//! Members of teams: listed, given other roles, removed; and leaving.

use super::Access;
use super::error::{Refusal, Result};
use super::facts::Facts;
use super::resource::{Asker, key, object, user};
use super::session::{Session, traits};
use super::word::Role;
use store::people::{self, Person};
use types::audit::Event;
use types::{Call, TeamId, Time, UserId};

/// A member as other members see one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Who.
    pub user: UserId,
    /// The role.
    pub role: Role,
    /// Since when in this role.
    pub since: Time,
    /// Whether the membership counts.
    pub is_active: bool,
    /// Name, picture and address, where the account is still there; the address for admins only.
    pub person: Option<Person>,
}

impl Access {
    /// The members of a team, the highest role first; addresses for its admins only.
    pub async fn members(&self, call: &Call, asker: Asker, team: TeamId) -> Result<Vec<Member>> {
        let facts = self.team_of_member(call, asker, team).await?;
        let sees_addresses = self.may_invite(call, asker, team).await?;
        let ids: Vec<_> = facts.members().map(|(id, ..)| id).collect();
        let people = people::find_all(&self.db(call), &ids).await?;
        let members = facts.members().map(|(id, role, stored)| {
            let person = people.iter().find(|person| person.id == id).cloned();
            let person = person.map(|mut person| {
                person.email = person.email.filter(|_| sees_addresses);
                person
            });
            Member {
                user: id,
                role,
                since: stored.written_at,
                is_active: !facts.rests(id),
                person,
            }
        });
        Ok(members.collect())
    }

    /// Gives a member another role, or lets the membership rest or wakes it. The owner may change
    /// all others; admins those below them, up to their own role. Nobody changes themselves.
    pub async fn change_member(
        &self,
        call: &Call,
        asker: Asker,
        team: TeamId,
        member: UserId,
        (role, is_active): (Option<Role>, Option<bool>),
    ) -> Result<i64> {
        let mut session = self.begin(call, asker).await?;
        session.require_in_team(team, "can_change_role").await?;
        let facts = session.team_facts(team).await?;
        let known = session.within_reach(&facts, member)?;
        let to = role.unwrap_or(known);
        session.require_role_to_give(&facts, to)?;
        let object = object("team", team.0);
        if to != known {
            session
                .transaction
                .delete(key(&object, known.name(), user(member)));
            session
                .transaction
                .write(key(&object, to.name(), user(member)), None);
        }
        let resting = key(&object, "inactive", user(member));
        match is_active {
            Some(true) => session.transaction.delete(resting),
            Some(false) => session.transaction.write(resting, None),
            None => {}
        }
        let traits = traits! {
            "team": team.to_string(),
            "role": to.name(),
            "is_active": is_active,
        };
        session.note(Event::MemberChanged, Some(member), traits);
        session.commit().await
    }

    /// Removes a member below whoever asks.
    pub async fn remove_member(
        &self,
        call: &Call,
        asker: Asker,
        team: TeamId,
        member: UserId,
    ) -> Result<i64> {
        let mut session = self.begin(call, asker).await?;
        session.require_in_team(team, "can_remove").await?;
        let facts = session.team_facts(team).await?;
        session.within_reach(&facts, member)?;
        session.take_out(&facts, team, member);
        let traits = traits! { "team": team.to_string() };
        session.note(Event::MemberRemoved, Some(member), traits);
        session.commit().await
    }

    /// Lets a member go who wants to; not the owner, who gives the team away first.
    pub async fn leave_team(&self, call: &Call, asker: Asker, team: TeamId) -> Result<i64> {
        let member = asker.person()?;
        let mut session = self.begin(call, asker).await?;
        let facts = session.team_facts(team).await?;
        let role = facts.role(member).ok_or(Refusal::NotFound("team"))?;
        if role == Role::Owner {
            let why = "the owner cannot leave the team; transfer or delete it first";
            return Err(Refusal::Conflict(why).into());
        }
        session.take_out(&facts, team, member);
        let traits = traits! { "team": team.to_string() };
        session.note(Event::MemberLeft, Some(member), traits);
        session.commit().await
    }
}

impl Session<'_> {
    /// The role of a member whom whoever asks may change: never themselves, and never somebody who
    /// is as high.
    fn within_reach(&self, facts: &Facts, member: UserId) -> Result<Role, Refusal> {
        let role = facts.role(member).ok_or(Refusal::NotFound("member"))?;
        if self.asker == Asker::User(member) {
            return Err(Refusal::NotAllowed(
                "nobody changes or removes themselves; leave instead",
            ));
        }
        if self.own_role(facts).is_some_and(|own| role < own) {
            Ok(role)
        } else {
            Err(Refusal::RoleOutOfReach(role))
        }
    }

    /// Refuses a role above that of whoever asks. The owner's is nobody's to give: a team is
    /// transferred.
    pub(super) fn require_role_to_give(&self, facts: &Facts, role: Role) -> Result<(), Refusal> {
        let is_within = self.own_role(facts).is_some_and(|own| role <= own);
        if is_within && role != Role::Owner {
            Ok(())
        } else {
            Err(Refusal::RoleOutOfReach(role))
        }
    }

    fn own_role(&self, facts: &Facts) -> Option<Role> {
        match self.asker {
            Asker::Service => Some(Role::Owner),
            Asker::User(id) => facts.role(id),
        }
    }

    fn take_out(&mut self, facts: &Facts, team: TeamId, member: UserId) {
        let object = object("team", team.0);
        for stored in facts.tuples() {
            if stored.tuple.key.subject == user(member) {
                self.transaction.delete(stored.tuple.key.clone());
            }
        }
        // Whatever role was read.
        for role in Role::ALL {
            self.transaction
                .delete(key(&object, role.name(), user(member)));
        }
    }
}
