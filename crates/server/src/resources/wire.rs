//! What the API answers.

use crate::http::reply::{self, Reply};
use authz::access::{
    Collaborator, Decision, Denial, Invited, Kind, Link, Member, Method, Privacy, Resource, Role,
    Shown, TeamShown, Visibility,
};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, HeaderName};
use serde::Serialize;
use store::emergency_accesses::EmergencyAccess;
use store::team_invitations::Invitation;
use types::{TeamId, Time};

/// The version of the store that an answer is of, for whoever wants the next one to be as fresh.
const VERSION_HEADER: HeaderName = HeaderName::from_static("claviger-version");

/// A JSON reply, which nobody keeps: what it says may be wrong a moment later.
pub(super) fn json(status: StatusCode, body: &impl Serialize) -> Reply {
    // Our own types, whose keys are texts.
    let body = serde_json::to_string(body).unwrap_or_default();
    let mut reply = reply::json(status, body);
    reply::set(&mut reply, CACHE_CONTROL, "no-store");
    reply
}

/// The same with the version of the store.
pub(super) fn versioned(mut reply: Reply, version: i64) -> Reply {
    reply::set(&mut reply, VERSION_HEADER, &version.to_string());
    reply
}

/// Done, and nothing to tell.
pub(super) fn done(version: i64) -> Reply {
    versioned(reply::empty(StatusCode::NO_CONTENT), version)
}

/// A list.
#[derive(Debug, Serialize)]
pub(super) struct ListBody<T> {
    pub(super) items: Vec<T>,
}

/// A resource by kind and id.
#[derive(Debug, Serialize)]
pub(super) struct ResourceBody {
    #[serde(rename = "type")]
    kind: &'static str,
    id: String,
}

/// A decision.
#[derive(Debug, Serialize)]
pub(super) struct DecisionBody {
    #[serde(flatten)]
    resource: ResourceBody,
    permission: &'static str,
    granted: bool,
    access_method: Option<&'static str>,
    denial_reason: Option<&'static str>,
    role: Option<&'static str>,
    scope: Option<&'static str>,
    emergency: bool,
    expires_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    explanation: Option<String>,
}

/// A resource as it is shown.
#[derive(Debug, Serialize)]
pub(super) struct ShownBody {
    #[serde(flatten)]
    resource: ResourceBody,
    owner_id: Option<String>,
    owned_since: Option<String>,
    project_id: Option<String>,
    parent_id: Option<String>,
    team_id: Option<String>,
    generation_id: Option<String>,
    completed: Option<bool>,
    visibility: Option<&'static str>,
    privacy: Option<PrivacyBody>,
    teams: Option<Vec<LinkBody>>,
    grants: Option<Vec<GrantBody>>,
    emergency: bool,
}

/// The privacy settings of a project.
#[derive(Debug, Serialize)]
pub(super) struct PrivacyBody {
    restrict_to_specific_teams: bool,
    allowed_team_ids: Vec<String>,
    hide_from_other_teams: bool,
    allow_generation_attribution: bool,
    allow_generation_improvements: bool,
}

#[derive(Debug, Serialize)]
struct LinkBody {
    team_id: String,
    access_level: &'static str,
    held_back: bool,
}

#[derive(Debug, Serialize)]
struct GrantBody {
    user_id: String,
    level: &'static str,
    expires_at: Option<String>,
    granted_at: String,
    granted_by: String,
}

/// A team.
#[derive(Debug, Serialize)]
pub(super) struct TeamBody {
    id: String,
    name: String,
    description: Option<String>,
    code: String,
    max_members: i64,
    members: usize,
    is_active: bool,
    role: Option<&'static str>,
    created_at: String,
    updated_at: String,
}

/// A member of a team.
#[derive(Debug, Serialize)]
pub(super) struct MemberBody {
    user_id: String,
    role: &'static str,
    is_active: bool,
    since: String,
    full_name: Option<String>,
    avatar_url: Option<String>,
    email: Option<String>,
}

/// An invitation. Its token is in the mail, and nowhere else.
#[derive(Debug, Serialize)]
pub(super) struct InvitationBody {
    id: String,
    team_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    team_name: Option<String>,
    email: String,
    role: String,
    status: &'static str,
    invited_by: Option<String>,
    created_at: String,
    expires_at: String,
}

/// An emergency access.
#[derive(Debug, Serialize)]
pub(super) struct EmergencyBody {
    id: String,
    user_id: String,
    resource: ResourceBody,
    reason: String,
    minutes: i64,
    requested_by: String,
    requested_at: String,
    approved_by: Option<String>,
    approved_at: Option<String>,
    expires_at: Option<String>,
    ended_by: Option<String>,
    ended_at: Option<String>,
}

impl From<Resource> for ResourceBody {
    fn from(resource: Resource) -> Self {
        Self {
            kind: resource.kind.name(),
            id: resource.id.to_string(),
        }
    }
}

impl From<Decision> for DecisionBody {
    fn from(decision: Decision) -> Self {
        let item = decision.item;
        Self {
            resource: item.resource.into(),
            permission: item.permission.name(),
            granted: decision.granted(),
            access_method: decision.method.map(Method::name),
            denial_reason: decision.denial.map(Denial::name),
            role: decision.role.map(Role::name),
            scope: decision.is_within_project().then_some("project"),
            emergency: decision.is_emergency,
            expires_at: text(decision.expires_at),
            explanation: decision.explanation,
        }
    }
}

impl From<Shown> for ShownBody {
    fn from(shown: Shown) -> Self {
        let links = shown
            .links
            .map(|links| links.into_iter().map(link).collect());
        let grants = shown.collaborators;
        let grants = grants.map(|grants| grants.into_iter().map(grant).collect());
        Self {
            resource: shown.resource.into(),
            owner_id: shown.owner.map(|id| id.to_string()),
            owned_since: text(shown.owned_since),
            project_id: shown.project.map(|id| id.to_string()),
            parent_id: shown.parent.map(|id| id.to_string()),
            team_id: shown.team_context.map(|id| id.to_string()),
            generation_id: shown.generation.map(|id| id.to_string()),
            completed: shown.completed,
            visibility: shown.visibility.map(Visibility::name),
            privacy: shown.privacy.map(PrivacyBody::from),
            teams: links,
            grants,
            emergency: shown.is_emergency,
        }
    }
}

impl From<Privacy> for PrivacyBody {
    fn from(privacy: Privacy) -> Self {
        let ids = privacy.allowed_team_ids.iter().map(TeamId::to_string);
        Self {
            restrict_to_specific_teams: privacy.restrict_to_specific_teams,
            allowed_team_ids: ids.collect(),
            hide_from_other_teams: privacy.hide_from_other_teams,
            allow_generation_attribution: privacy.allow_generation_attribution,
            allow_generation_improvements: privacy.allow_generation_improvements,
        }
    }
}

impl From<TeamShown> for TeamBody {
    fn from(shown: TeamShown) -> Self {
        let team = shown.team;
        Self {
            id: team.id.to_string(),
            name: team.name,
            description: team.description,
            code: team.code,
            max_members: team.members_max,
            members: shown.members,
            is_active: shown.is_active,
            role: shown.role.map(Role::name),
            created_at: team.created_at.to_string(),
            updated_at: team.updated_at.to_string(),
        }
    }
}

impl From<Member> for MemberBody {
    fn from(member: Member) -> Self {
        let person = member.person;
        let (full_name, avatar_url, email) = person
            .map(|person| (person.full_name, person.avatar_url, person.email))
            .unwrap_or_default();
        Self {
            user_id: member.user.to_string(),
            role: member.role.name(),
            is_active: member.is_active,
            since: member.since.to_string(),
            full_name,
            avatar_url,
            email,
        }
    }
}

impl From<Invitation> for InvitationBody {
    fn from(invitation: Invitation) -> Self {
        Self {
            id: invitation.id.to_string(),
            team_id: invitation.team_id.to_string(),
            team_name: None,
            email: invitation.email,
            role: invitation.role,
            status: invitation.status.name(),
            invited_by: invitation.invited_by.map(|id| id.to_string()),
            created_at: invitation.created_at.to_string(),
            expires_at: invitation.expires_at.to_string(),
        }
    }
}

impl From<Invited> for InvitationBody {
    fn from(invited: Invited) -> Self {
        Self {
            team_name: Some(invited.team.name),
            ..invited.invitation.into()
        }
    }
}

impl From<EmergencyAccess> for EmergencyBody {
    fn from(access: EmergencyAccess) -> Self {
        let kind = Kind::parse(&access.resource_type);
        Self {
            id: access.id.to_string(),
            user_id: access.user_id.to_string(),
            resource: ResourceBody {
                kind: kind.map_or("", Kind::name),
                id: access.resource_id.to_string(),
            },
            reason: access.reason,
            minutes: access.minutes,
            requested_by: access.requested_by.to_string(),
            requested_at: access.requested_at.to_string(),
            approved_by: access.approved_by.map(|id| id.to_string()),
            approved_at: text(access.approved_at),
            expires_at: text(access.expires_at),
            ended_by: access.ended_by.map(|id| id.to_string()),
            ended_at: text(access.ended_at),
        }
    }
}

fn link(link: Link) -> LinkBody {
    LinkBody {
        team_id: link.team.to_string(),
        access_level: link.level.name(),
        held_back: link.is_held,
    }
}

fn grant(grant: Collaborator) -> GrantBody {
    GrantBody {
        user_id: grant.user.to_string(),
        level: grant.level.name(),
        expires_at: text(grant.expires_at),
        granted_at: grant.granted_at.to_string(),
        granted_by: grant.granted_by,
    }
}

fn text(time: Option<Time>) -> Option<String> {
    time.map(|time| time.to_string())
}
