//! Invitations to teams: sent by mail, good for one address, once, for a week.

use super::Access;
use super::error::{Refusal, Result};
use super::facts::Facts;
use super::letter::Letter;
use super::resource::{Asker, key, object, user};
use super::session::{ROLE_TOO_LOW, Session, traits};
use super::word::Role;
use aws_lc_rs::digest::{SHA256, digest};
use std::time::Duration;
use store::team_invitations::{self, Invitation, Status};
use store::teams::Team;
use store::{outbox, people, teams};
use types::audit::Event;
use types::{Call, Email, InvitationId, MailId, TeamId, Time};

/// How long an invitation is good.
const SPAN: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// Invitations of one list.
const LISTED_MAX: i64 = 100;

/// Whom to invite.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvitationRequest {
    /// The address.
    pub email: String,
    /// The role that is offered.
    pub role: Role,
}

/// An invitation to whoever it is for: enough to decide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invited {
    /// The invitation.
    pub invitation: Invitation,
    /// The team.
    pub team: Team,
}

/// How an invitation is named by whoever it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Offer {
    /// By what stands in the mail.
    Token(String),
    /// By its id, of those that are listed for the address.
    Id(InvitationId),
}

impl Access {
    /// Invites an address to a team, by mail.
    pub async fn invite(
        &self,
        call: &Call,
        asker: Asker,
        team: TeamId,
        request: InvitationRequest,
    ) -> Result<Invitation> {
        let email = Email::parse(&request.email);
        let email =
            email.map_err(|fault| Refusal::invalid("email", format!("is refused: {fault}")))?;
        self.may_write_to(&email)?;
        let mut session = self.begin(call, asker).await?;
        session.require_in_team(team, "can_invite").await?;
        let facts = session.team_facts(team).await?;
        session.require_role_to_give(&facts, request.role)?;
        let found = teams::find(&mut session.transaction.tx, team).await?;
        let found = found.ok_or(Refusal::NotFound("team"))?;
        session.require_stranger(&email, &found).await?;
        self.invitation_budget().take(call, asker, &email)?;
        let token = self.secret();
        let invitation = Invitation {
            id: InvitationId::random(self.entropy()),
            team_id: team,
            email: email.as_str().to_owned(),
            role: request.role.name().to_owned(),
            invited_by: session.person.as_ref().map(|person| person.id),
            status: Status::Pending,
            created_at: call.now,
            expires_at: call.now + SPAN,
            settled_at: None,
        };
        let tx = &mut session.transaction.tx;
        team_invitations::insert(tx, &invitation, &hashed(token.expose()));
        let inviter = session.person.as_ref();
        let letter = Letter {
            recipient: email.as_str(),
            team: &found.name,
            role: request.role.name(),
            inviter: inviter.and_then(|person| person.full_name.as_deref()),
            site_url: &self.settings().site_url,
            token: token.expose(),
            expires_at: invitation.expires_at,
        };
        let message = letter.message(MailId::random(self.entropy()), call.now);
        outbox::put(&mut session.transaction.tx, &message);
        call.cost.add_mail();
        let traits = traits! { "team": team.to_string(), "role": request.role.name() };
        session.note(Event::InvitationSent, None, traits);
        session.commit().await?;
        Ok(invitation)
    }

    /// The invitations of a team, the oldest first, for those who may invite.
    pub async fn invitations(
        &self,
        call: &Call,
        asker: Asker,
        team: TeamId,
        after: Option<(Time, InvitationId)>,
    ) -> Result<Vec<Invitation>> {
        self.team_of_member(call, asker, team).await?;
        if !self.may_invite(call, asker, team).await? {
            return Err(Refusal::NotAllowed(ROLE_TOO_LOW).into());
        }
        let mut db = self.db(call);
        Ok(team_invitations::of_team(&mut db, team, after, LISTED_MAX).await?)
    }

    /// The invitations that whoever asks may accept.
    pub async fn invitations_for(&self, call: &Call, asker: Asker) -> Result<Vec<Invited>> {
        let id = asker.person()?;
        let person = people::find(&mut self.db(call), id).await?;
        let person = person.filter(|person| person.email_confirmed_at.is_some());
        let Some(email) = person.and_then(|person| person.email) else {
            return Ok(Vec::new());
        };
        let email = email.to_lowercase();
        let mut db = self.db(call);
        let found = team_invitations::of_email(&mut db, &email, call.now, LISTED_MAX).await?;
        let ids: Vec<_> = found.iter().map(|invitation| invitation.team_id).collect();
        let teams = teams::find_all(&self.db(call), &ids).await?;
        let with_team = found.into_iter().filter_map(|invitation| {
            let team = teams.iter().find(|team| team.id == invitation.team_id)?;
            Some(Invited {
                team: team.clone(),
                invitation,
            })
        });
        Ok(with_team.collect())
    }

    /// Joins the team of an invitation, in the role that it offers. Once: of many that come at
    /// once, one is answered so. The version of the store with it.
    pub async fn accept(&self, call: &Call, asker: Asker, offer: Offer) -> Result<(Invited, i64)> {
        let mut session = self.begin(call, asker).await?;
        let mut invitation = session.offered(offer).await?;
        let member = asker.person()?;
        let found = teams::find(&mut session.transaction.tx, invitation.team_id).await?;
        let team = found.ok_or(Refusal::NotFound("invitation"))?;
        let facts = session.team_facts(team.id).await?;
        session.settle(&invitation, Status::Accepted).await?;
        if facts.role(member).is_some() {
            return Err(Refusal::Conflict("you are a member of the team already").into());
        }
        let members = i64::try_from(facts.members().count()).unwrap_or(i64::MAX);
        if members >= team.members_max {
            return Err(Refusal::TeamFull(team.members_max).into());
        }
        let role = Role::parse(&invitation.role).filter(|role| *role < Role::Owner);
        let role = role.ok_or(Refusal::NotFound("invitation"))?;
        if !session.still_stands(&facts, &invitation, role).await? {
            let why = "whoever sent the invitation may not invite any more";
            return Err(Refusal::Conflict(why).into());
        }
        invitation.status = Status::Accepted;
        invitation.settled_at = Some(call.now);
        let joining = key(&object("team", team.id.0), role.name(), user(member));
        session.transaction.write(joining, None);
        let traits = traits! { "team": team.id.to_string(), "role": role.name() };
        session.note(Event::MemberJoined, Some(member), traits);
        let version = session.commit().await?;
        Ok((Invited { invitation, team }, version))
    }

    /// Declines an invitation.
    pub async fn decline(&self, call: &Call, asker: Asker, offer: Offer) -> Result<()> {
        let mut session = self.begin(call, asker).await?;
        let invitation = session.offered(offer).await?;
        session.settle(&invitation, Status::Declined).await?;
        let traits = traits! { "team": invitation.team_id.to_string() };
        session.note(Event::InvitationDeclined, None, traits);
        session.commit().await?;
        Ok(())
    }

    /// Takes an invitation back.
    pub async fn withdraw(
        &self,
        call: &Call,
        asker: Asker,
        team: TeamId,
        id: InvitationId,
    ) -> Result<()> {
        let mut session = self.begin(call, asker).await?;
        session.require_in_team(team, "can_invite").await?;
        let found = team_invitations::find(&mut session.transaction.tx, id).await?;
        let found = found.filter(|invitation| invitation.team_id == team);
        let invitation = found.ok_or(Refusal::NotFound("invitation"))?;
        session.settle(&invitation, Status::Withdrawn).await?;
        let traits = traits! { "team": team.to_string() };
        session.note(Event::InvitationWithdrawn, None, traits);
        session.commit().await?;
        Ok(())
    }

    fn may_write_to(&self, email: &Email) -> Result<(), Refusal> {
        let allowed = &self.settings().authorized_addresses;
        let is_allowed = allowed
            .iter()
            .any(|one| one.eq_ignore_ascii_case(email.as_str()));
        if allowed.is_empty() || is_allowed {
            Ok(())
        } else {
            Err(Refusal::invalid(
                "email",
                "is an address that this server may not write to",
            ))
        }
    }
}

impl Session<'_> {
    /// Refuses an address that is a member's, that has an invitation, or for which there is no
    /// room. An invitation that has expired makes room for a new one.
    async fn require_stranger(&mut self, email: &Email, team: &Team) -> Result<()> {
        let facts = self.team_facts(team.id).await?;
        let now = self.call.now;
        let tx = &mut self.transaction.tx;
        let known = people::with_email(tx, email).await?;
        if known.into_iter().any(|id| facts.role(id).is_some()) {
            return Err(Refusal::Conflict("this address is a member's already").into());
        }
        let members = i64::try_from(facts.members().count()).unwrap_or(i64::MAX);
        if let Some(pending) = team_invitations::pending(tx, team.id, email.as_str()).await? {
            if pending.expires_at > now {
                return Err(Refusal::Conflict("this address is invited already").into());
            }
            team_invitations::settle(tx, pending.id, Status::Withdrawn, now).await?;
        }
        let pending = team_invitations::count_pending(tx, team.id, now).await?;
        if members.saturating_add(pending) >= team.members_max {
            return Err(Refusal::TeamFull(team.members_max).into());
        }
        Ok(())
    }

    /// The invitation that whoever asks may settle: theirs, pending, in time. Their address is
    /// theirs only if they have shown that they read its mail.
    async fn offered(&mut self, offer: Offer) -> Result<Invitation> {
        let by_id = matches!(offer, Offer::Id(_));
        let tx = &mut self.transaction.tx;
        let found = match offer {
            Offer::Token(token) => team_invitations::of_token(tx, &hashed(&token)).await?,
            Offer::Id(id) => team_invitations::find(tx, id).await?,
        };
        let invitation = found.ok_or(Refusal::NotFound("invitation"))?;
        let Some(person) = &self.person else {
            return Err(Refusal::PersonOnly.into());
        };
        let address = person.email.as_deref().unwrap_or_default();
        let is_theirs = address.eq_ignore_ascii_case(&invitation.email);
        if !is_theirs || person.email_confirmed_at.is_none() {
            // Whoever only guesses ids is told nothing; whoever has the mail may be signed in with
            // another account of theirs.
            let refusal = if by_id {
                Refusal::NotFound("invitation")
            } else {
                Refusal::NotAllowed(
                    "this invitation is for another address; sign in with the address that it was \
                     sent to, and confirm it",
                )
            };
            return Err(refusal.into());
        }
        Ok(invitation)
    }

    /// Settles an invitation that is pending and in time.
    async fn settle(&mut self, invitation: &Invitation, status: Status) -> Result<()> {
        let now = self.call.now;
        let used = match invitation.status {
            Status::Pending if invitation.expires_at > now || status == Status::Withdrawn => None,
            Status::Pending => {
                return Err(Refusal::Ended {
                    what: "the invitation",
                    at: invitation.expires_at,
                }
                .into());
            }
            Status::Accepted => Some("the invitation was accepted already"),
            Status::Declined => Some("the invitation was declined already"),
            Status::Withdrawn => Some("the invitation was withdrawn"),
        };
        if let Some(used) = used {
            return Err(Refusal::Conflict(used).into());
        }
        let tx = &mut self.transaction.tx;
        if team_invitations::settle(tx, invitation.id, status, now).await? {
            Ok(())
        } else {
            Err(Refusal::Conflict("the invitation was settled already").into())
        }
    }

    /// Whether whoever invited could still do so: an invitation gives no more than they have, and
    /// nothing while their account does not count.
    async fn still_stands(
        &mut self,
        facts: &Facts,
        invitation: &Invitation,
        role: Role,
    ) -> Result<bool> {
        let Some(inviter) = invitation.invited_by else {
            return Ok(true);
        };
        let own = facts.role(inviter).filter(|_| !facts.rests(inviter));
        if own.is_none_or(|own| own < Role::Admin || own < role) {
            return Ok(false);
        }
        let found = people::find(&mut self.transaction.tx, inviter).await?;
        Ok(found.is_some_and(|person| person.is_active(self.call.now)))
    }
}

/// What is kept of a token.
fn hashed(token: &str) -> Vec<u8> {
    digest(&SHA256, token.as_bytes()).as_ref().to_vec()
}
