//! Collaborators of a project: users who are named, and perhaps for a time.

use super::Access;
use super::error::{Refusal, Result};
use super::resource::{Asker, Resource, key, user};
use super::session::traits;
use super::word::{GrantLevel, Kind, Permission};
use types::audit::Event;
use types::{Call, Time, UserId};
use uuid::Uuid;

/// Most collaborators of a project.
const COLLABORATORS_MAX: usize = 1_000;

/// What a collaborator is to have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GrantRequest {
    /// The project.
    pub project: Uuid,
    /// Who.
    pub user: UserId,
    /// What they may do.
    pub level: GrantLevel,
    /// When it ends; none: when it is taken back.
    pub expires_at: Option<Time>,
}

impl Access {
    /// Names a collaborator, or gives one another level or end.
    pub async fn grant(&self, call: &Call, asker: Asker, grant: GrantRequest) -> Result<i64> {
        if grant.expires_at.is_some_and(|at| at <= call.now) {
            return Err(Refusal::invalid("expires_at", "is not in the future").into());
        }
        let project = Resource::new(Kind::Project, grant.project);
        let mut session = self.begin(call, asker).await?;
        session.require(project, Permission::Share).await?;
        let account = session.account("user_id", grant.user).await?;
        if !account.is_active(call.now) {
            return Err(Refusal::invalid("user_id", "is an account that is not active").into());
        }
        let facts = session.facts(project).await?;
        if facts.owner() == Some(grant.user) {
            return Err(Refusal::Conflict("the owner needs no grant").into());
        }
        let known = facts.collaborators().any(|(id, ..)| id == grant.user);
        if !known && facts.collaborators().count() >= COLLABORATORS_MAX {
            return Err(Refusal::Conflict("the project has 1,000 collaborators already").into());
        }
        let object = project.object();
        for level in GrantLevel::ALL {
            let key = key(&object, level.relation(), user(grant.user));
            if *level == grant.level {
                session.transaction.write(key, grant.expires_at);
            } else {
                session.transaction.delete(key);
            }
        }
        let traits = traits! {
            "resource": project.to_string(),
            "level": grant.level.name(),
            "expires_at": grant.expires_at.map(|at| at.to_string()),
        };
        session.note(Event::GrantGiven, Some(grant.user), traits);
        session.commit().await
    }

    /// Takes a grant back.
    pub async fn revoke_grant(
        &self,
        call: &Call,
        asker: Asker,
        project: Uuid,
        user_id: UserId,
    ) -> Result<i64> {
        let project = Resource::new(Kind::Project, project);
        let mut session = self.begin(call, asker).await?;
        // Whoever collaborates may stop.
        let permission = if asker == Asker::User(user_id) {
            Permission::View
        } else {
            Permission::Share
        };
        let sight = session.require(project, permission).await?;
        let facts = session.facts(project).await?;
        if !facts.collaborators().any(|(id, ..)| id == user_id) {
            // An emergency access shows what there is to read, and not what there is not.
            let what = if sight.is_emergency() {
                project.kind.name()
            } else {
                "grant"
            };
            return Err(Refusal::NotFound(what).into());
        }
        for level in GrantLevel::ALL {
            let key = key(&project.object(), level.relation(), user(user_id));
            session.transaction.delete(key);
        }
        let traits = traits! { "resource": project.to_string() };
        session.note(Event::GrantRevoked, Some(user_id), traits);
        session.commit().await
    }
}
