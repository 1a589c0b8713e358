//! What the tuples about one object say, by relation.

use super::resource::{id_of, user};
use super::word::{AccessLevel, GrantLevel, Role, Visibility};
use store::tuples::StoredTuple;
use types::{Subject, Time, UserId};
use uuid::Uuid;

/// The tuples about one object that count now.
#[derive(Debug, Clone)]
pub(super) struct Facts(Vec<StoredTuple>);

impl Facts {
    pub(super) const fn new(tuples: Vec<StoredTuple>) -> Self {
        Self(tuples)
    }

    /// The owner; none: nothing is registered here.
    pub(super) fn owner(&self) -> Option<UserId> {
        self.one("owner").map(UserId)
    }

    /// When it was given to its owner.
    pub(super) fn owned_since(&self) -> Option<Time> {
        self.of("owner").next().map(|tuple| tuple.written_at)
    }

    /// What a relation names, of which there is at most one.
    pub(super) fn one(&self, relation: &str) -> Option<Uuid> {
        self.all(relation).next()
    }

    /// All that a relation names.
    pub(super) fn all(&self, relation: &str) -> impl Iterator<Item = Uuid> {
        let of = self.of(relation);
        of.filter_map(|tuple| id_of(&tuple.tuple.key.subject))
    }

    /// Whether a relation is switched on for everybody.
    pub(super) fn is_on(&self, relation: &str) -> bool {
        let is_everybody =
            |tuple: &StoredTuple| matches!(tuple.tuple.key.subject, Subject::Wildcard(_));
        self.of(relation).any(is_everybody)
    }

    /// The tuples of a relation.
    pub(super) fn of(&self, relation: &str) -> impl Iterator<Item = &StoredTuple> {
        let tuples = self.0.iter();
        tuples.filter(move |stored| stored.tuple.key.relation == relation)
    }

    pub(super) fn tuples(&self) -> &[StoredTuple] {
        &self.0
    }

    /// Who sees a project.
    pub(super) fn visibility(&self) -> Visibility {
        match (self.is_on("public"), self.is_on("teams_on")) {
            (true, _) => Visibility::Public,
            (false, true) => Visibility::TeamOnly,
            (false, false) => Visibility::Private,
        }
    }

    /// The links of a project: team, level, and whether the privacy settings hold it back.
    pub(super) fn links(&self) -> Vec<(Uuid, AccessLevel, bool)> {
        let mut links = Vec::new();
        for level in AccessLevel::ALL {
            for is_held in [false, true] {
                let teams = self.all(level.relation(is_held));
                links.extend(teams.map(|team| (team, *level, is_held)));
            }
        }
        links
    }

    /// The collaborators of a project: user, level and the tuple.
    pub(super) fn collaborators(&self) -> impl Iterator<Item = (UserId, GrantLevel, &StoredTuple)> {
        GrantLevel::ALL.iter().flat_map(|level| {
            let tuples = self.of(level.relation());
            tuples.filter_map(|stored| {
                let id = id_of(&stored.tuple.key.subject)?;
                Some((UserId(id), *level, stored))
            })
        })
    }

    /// The members of a team, with their roles; also those whose membership rests.
    pub(super) fn members(&self) -> impl Iterator<Item = (UserId, Role, &StoredTuple)> {
        Role::ALL.iter().rev().flat_map(|role| {
            let tuples = self.of(role.name());
            tuples.filter_map(|stored| {
                let id = id_of(&stored.tuple.key.subject)?;
                Some((UserId(id), *role, stored))
            })
        })
    }

    /// Whether a membership, or the team as a whole, rests.
    pub(super) fn rests(&self, member: UserId) -> bool {
        let mut resting = self.of("inactive");
        self.is_on("inactive") || resting.any(|one| one.tuple.key.subject == user(member))
    }

    /// The role of a member of a team.
    pub(super) fn role(&self, user: UserId) -> Option<Role> {
        let mut members = self.members();
        members
            .find(|(id, ..)| *id == user)
            .map(|(_, role, _)| role)
    }
}
