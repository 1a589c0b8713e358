//! Teams in projects: links with an access level, and the privacy settings that hold some back.

use super::Access;
use super::error::{Refusal, Result};
use super::facts::Facts;
use super::resource::{Asker, Resource, everybody, key, object};
use super::session::{Session, traits};
use super::show::{Privacy, PrivacyChanges};
use super::word::{AccessLevel, Kind, Permission};
use types::audit::Event;
use types::{Call, Subject, TeamId};
use uuid::Uuid;

/// Most teams that a project is linked to.
const LINKS_MAX: usize = 50;

impl Access {
    /// Links a project to a team, or gives a link another level: by the owner of the project, who
    /// must be an admin of the team to link it.
    pub async fn link_team(
        &self,
        call: &Call,
        asker: Asker,
        project: Uuid,
        team: TeamId,
        level: AccessLevel,
    ) -> Result<i64> {
        let project = Resource::new(Kind::Project, project);
        let mut session = self.begin(call, asker).await?;
        session.require(project, Permission::Share).await?;
        let facts = session.facts(project).await?;
        let links = facts.links();
        if links.iter().any(|(id, ..)| *id == team.0) {
            session.unlink(project, &facts, team.0);
        } else {
            session.require_in_team(team, "can_invite").await?;
            if links.len() >= LINKS_MAX {
                return Err(Refusal::Conflict("the project is linked to 50 teams already").into());
            }
        }
        let is_held = is_held(&facts, team.0);
        session.link(project, team.0, level, is_held);
        let traits = traits! {
            "resource": project.to_string(),
            "team": team.to_string(),
            "access_level": level.name(),
        };
        session.note(Event::TeamLinked, None, traits);
        session.commit().await
    }

    /// Ends the link of a project to a team.
    pub async fn unlink_team(
        &self,
        call: &Call,
        asker: Asker,
        project: Uuid,
        team: TeamId,
    ) -> Result<i64> {
        let project = Resource::new(Kind::Project, project);
        let mut session = self.begin(call, asker).await?;
        session.require(project, Permission::Share).await?;
        let facts = session.facts(project).await?;
        if !facts.links().iter().any(|(id, ..)| *id == team.0) {
            return Err(Refusal::NotFound("link to this team").into());
        }
        session.unlink(project, &facts, team.0);
        let traits = traits! { "resource": project.to_string(), "team": team.to_string() };
        session.note(Event::TeamUnlinked, None, traits);
        session.commit().await
    }

    /// Changes the privacy settings of a project; links of teams that are not let in any more are
    /// held back at once, and count again when they are.
    pub async fn change_privacy(
        &self,
        call: &Call,
        asker: Asker,
        project: Uuid,
        changes: &PrivacyChanges,
    ) -> Result<(Privacy, i64)> {
        let project = Resource::new(Kind::Project, project);
        let mut session = self.begin(call, asker).await?;
        session.require(project, Permission::Share).await?;
        let facts = session.facts(project).await?;
        let privacy = Privacy::of(&facts).with(changes);
        if privacy.allowed_team_ids.len() > LINKS_MAX {
            let fault = format!("has more than {LINKS_MAX} teams");
            return Err(Refusal::invalid("allowed_team_ids", fault).into());
        }
        session.write_privacy(project, &facts, &privacy);
        let traits = traits! {
            "resource": project.to_string(),
            "restrict_to_specific_teams": privacy.restrict_to_specific_teams,
            "hide_from_other_teams": privacy.hide_from_other_teams,
            "allow_generation_attribution": privacy.allow_generation_attribution,
            "allow_generation_improvements": privacy.allow_generation_improvements,
        };
        session.note(Event::PrivacyChanged, None, traits);
        let version = session.commit().await?;
        Ok((privacy, version))
    }
}

impl Session<'_> {
    fn link(&mut self, project: Resource, team: Uuid, level: AccessLevel, is_held: bool) {
        let subject = Subject::Object(object("team", team));
        let key = key(&project.object(), level.relation(is_held), subject);
        self.transaction.write(key, None);
    }

    fn unlink(&mut self, project: Resource, facts: &Facts, team: Uuid) {
        let subject = Subject::Object(object("team", team));
        for (id, level, is_held) in facts.links() {
            if id == team {
                let relation = level.relation(is_held);
                let key = key(&project.object(), relation, subject.clone());
                self.transaction.delete(key);
            }
        }
    }

    fn write_privacy(&mut self, project: Resource, facts: &Facts, privacy: &Privacy) {
        let object_of = project.object();
        let switches = [
            ("restricted", privacy.restrict_to_specific_teams),
            ("teams_shown", !privacy.hide_from_other_teams),
            ("authors_shown", privacy.allow_generation_attribution),
            ("improvements_on", privacy.allow_generation_improvements),
        ];
        for (relation, is_on) in switches {
            let key = key(&object_of, relation, everybody());
            if is_on {
                self.transaction.write(key, None);
            } else {
                self.transaction.delete(key);
            }
        }
        for stored in facts.of("allowed_team") {
            self.transaction.delete(stored.tuple.key.clone());
        }
        for team in &privacy.allowed_team_ids {
            let subject = Subject::Object(object("team", team.0));
            self.transaction
                .write(key(&object_of, "allowed_team", subject), None);
        }
        for (team, level, was_held) in facts.links() {
            let is_held = privacy.restrict_to_specific_teams
                && !privacy.allowed_team_ids.contains(&TeamId(team));
            if is_held != was_held {
                let subject = Subject::Object(object("team", team));
                let old = key(&object_of, level.relation(was_held), subject);
                self.transaction.delete(old);
                self.link(project, team, level, is_held);
            }
        }
    }
}

/// The privacy settings keep this team out.
fn is_held(facts: &Facts, team: Uuid) -> bool {
    facts.is_on("restricted") && !facts.all("allowed_team").any(|id| id == team)
}
