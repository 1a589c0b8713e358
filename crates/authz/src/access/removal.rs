//! Deletion of resources, teams and accounts, with all that hangs on them.

use super::error::Result;
use super::resource::{Asker, Resource, id_of, object};
use super::session::{Session, entry, traits};
use super::word::{Kind, Method, Permission};
use super::{Access, STORE};
use crate::question::FirstQuestion;
use crate::transaction::Transaction;
use std::collections::BTreeSet;
use store::departures::{Committing, Departures};
use store::tuples::Author;
use store::{Tx, audit, emergency_accesses, team_invitations, teams};
use types::audit::Event;
use types::{Call, Object, TeamId, Time, TupleKey, UserId};
use uuid::Uuid;

/// What became of a resource that was to be deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Removed {
    /// It is gone, with what hung on it.
    Deleted,
    /// It was taken out of the project of whoever asked, and stays its owner's.
    FromProject,
}

impl Access {
    /// Deletes a resource, and with a generation its files. What lies in a project stays its
    /// owner's. By the owner of the project alone, a generation is taken out of the project.
    pub async fn remove(
        &self,
        call: &Call,
        asker: Asker,
        resource: Resource,
    ) -> Result<(Removed, i64)> {
        let mut session = self.begin(call, asker).await?;
        session.require(resource, Permission::Delete).await?;
        let facts = session.facts(resource).await?;
        let removed = session.reach_of_deletion(resource).await?;
        match removed {
            Removed::FromProject => {
                for stored in facts.of("project") {
                    session.transaction.delete(stored.tuple.key.clone());
                }
            }
            Removed::Deleted => {
                let gone = hanging(&mut session.transaction, vec![resource.object()]).await?;
                let by = match asker {
                    Asker::User(id) => Some(id),
                    Asker::Service => None,
                };
                gone.end_emergencies(&mut session.transaction.tx, by, call.now);
                session.transaction.delete_all(gone.tuples);
            }
        }
        let effect = match removed {
            Removed::Deleted => "deleted",
            Removed::FromProject => "removed_from_project",
        };
        let traits = traits! { "resource": resource.to_string(), "effect": effect };
        session.note(Event::ResourceDeleted, facts.owner(), traits);
        let version = session.commit().await?;
        Ok((removed, version))
    }

    /// Removes what hangs on an account: what it owns, its memberships and grants, the teams that
    /// it owns; and commits. From then on nobody is answered by what went.
    async fn depart(&self, call: &Call, tx: Tx, user_id: UserId) -> crate::Result<()> {
        let authz = self.authz();
        let store = authz.known(call, STORE).await?;
        let mut transaction = authz.join(call, tx, store).await?;
        let gone = hanging(&mut transaction, vec![object("user", user_id.0)]).await?;
        let count = gone.tuples.len();
        let teams: Vec<_> = gone.teams.iter().map(TeamId::to_string).collect();
        gone.end_emergencies(&mut transaction.tx, None, call.now);
        transaction.delete_all(gone.tuples);
        for team in gone.teams {
            team_invitations::delete_of_team(&mut transaction.tx, team);
            teams::delete(&mut transaction.tx, team);
        }
        emergency_accesses::end_all_of_user(&mut transaction.tx, user_id, call.now);
        if count > 0 {
            let effect = "gone with the account";
            let traits = traits! { "effect": effect, "tuples": count, "teams": teams };
            // Who deletes the account is written down there.
            let entry = entry(
                Asker::Service,
                Event::ResourceDeleted,
                Some(user_id),
                traits,
            );
            audit::append(&mut transaction.tx, call, self.entropy(), &entry);
        }
        let author = Author {
            actor: format!("user:{user_id}"),
            reason: Some("the account was deleted".to_owned()),
        };
        authz.end(call, transaction, author).await.map(drop)
    }
}

impl Departures for Access {
    fn commit<'a>(&'a self, call: &'a Call, tx: Tx, user: UserId) -> Committing<'a> {
        Box::pin(async move {
            let departed = self.depart(call, tx, user).await;
            departed.map_err(|error| match error {
                crate::Error::Late => store::Error::Late,
                crate::Error::Unavailable { source, .. } => store::Error::Unavailable(source),
                other => store::Error::Statement {
                    statement: "departures::commit",
                    source: other.into(),
                },
            })
        })
    }
}

impl Session<'_> {
    /// Whether a deletion deletes, or only takes out of a project.
    async fn reach_of_deletion(&mut self, resource: Resource) -> Result<Removed> {
        let Asker::User(user) = self.asker else {
            return Ok(Removed::Deleted);
        };
        let paths = self.access.paths();
        let Some(granting) = paths.granting(resource.kind, Permission::Delete) else {
            return Ok(Removed::Deleted);
        };
        let moderating = |method: &Method| *method == Method::ProjectOwnership;
        let pairs = granting.methods.iter().zip(granting.relations.iter());
        let relations = pairs.filter(|(method, _)| !moderating(method));
        let relations: Vec<_> = relations.map(|(_, relation)| relation.clone()).collect();
        let question = FirstQuestion::of(user, resource, &relations.into());
        let (model, authz) = (self.access.model(), self.access.authz());
        let transaction = &mut self.transaction;
        let held = authz
            .first_within(self.call, transaction, model, &[question])
            .await?;
        match held.into_iter().next() {
            Some(Ok(Some(_))) => Ok(Removed::Deleted),
            Some(Err(refusal)) => Err(refusal.into()),
            _ => Ok(Removed::FromProject),
        }
    }

    /// Deletes a team with its members, links, shares and invitations.
    pub(super) async fn remove_team(&mut self, team: TeamId) -> Result<()> {
        let gone = hanging(&mut self.transaction, vec![object("team", team.0)]).await?;
        self.transaction.delete_all(gone.tuples);
        team_invitations::delete_of_team(&mut self.transaction.tx, team);
        teams::delete(&mut self.transaction.tx, team);
        Ok(())
    }
}

/// What goes with something.
#[derive(Debug, Default)]
struct Gone {
    tuples: BTreeSet<TupleKey>,
    teams: Vec<TeamId>,
}

impl Gone {
    /// Ends the emergency accesses to what goes: nobody reads it any more.
    fn end_emergencies(&self, tx: &mut Tx, by: Option<UserId>, now: Time) {
        let reading = self.tuples.iter();
        for key in reading.filter(|key| key.relation == "emergency_reader") {
            if let (Some(user), Ok(id)) = (id_of(&key.subject), Uuid::parse_str(key.object.id())) {
                let resource = (key.object.type_name(), id);
                emergency_accesses::end_running(tx, UserId(user), resource, by, now);
            }
        }
    }
}

/// Follows what goes: the tuples about each object and those that name it, the files of a
/// generation, and everything that an account owns; as many round trips as it is deep.
async fn hanging(transaction: &mut Transaction, roots: Vec<Object>) -> crate::Result<Gone> {
    let mut gone = Gone::default();
    let mut seen: BTreeSet<Object> = roots.iter().cloned().collect();
    let mut open = roots;
    while !open.is_empty() {
        gone.teams.extend(open.iter().filter_map(team));
        let (about, naming) = transaction.touching(&open).await?;
        let along = naming.iter().filter(|key| goes_along(key));
        let along = along.map(|key| key.object.clone());
        open = along.filter(|object| seen.insert(object.clone())).collect();
        gone.tuples.extend(about.into_iter().chain(naming));
    }
    Ok(gone)
}

/// Whether the object of a tuple goes when its subject does.
fn goes_along(key: &TupleKey) -> bool {
    let is_file = key.object.type_name() == Kind::Media.name() && key.relation == "generation";
    key.relation == "owner" || is_file
}

fn team(object: &Object) -> Option<TeamId> {
    let is_team = object.type_name() == "team";
    let id = is_team.then(|| Uuid::parse_str(object.id()).ok()).flatten();
    id.map(TeamId)
}
