//! Emergency access: somebody reads something for minutes, because a second person approved it.

use super::Access;
use super::error::{Refusal, Result};
use super::resource::{Asker, Resource, key, user};
use super::session::{Session, entry, traits};
use super::word::Kind;
use std::collections::BTreeSet;
use std::time::Duration;
use store::emergency_accesses::{self, EmergencyAccess};
use store::people::{self, Person};
use types::audit::Event;
use types::{Call, EmergencyId, Time, UserId};

/// The longest emergency access, in minutes.
pub const MINUTES_MAX: i64 = 30;
/// How long a request may be approved.
const REQUEST_SPAN: Duration = Duration::from_secs(60 * 60);
/// Longest and shortest reason, in characters.
const REASON_CHARACTERS: std::ops::RangeInclusive<usize> = 10..=500;
/// Accesses of one list.
const LISTED_MAX: i64 = 100;
/// Resources that one line of the audit log names; of more it tells how many.
const NAMED_MAX: usize = 100;
/// The `role` in the server's metadata of those who ask and approve: only administrators of the
/// sign-in write it.
const ADMIN_ROLE: &str = "admin";

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmergencyRequest {
    /// Who is to read; none: whoever asks.
    pub user: Option<UserId>,
    /// What: a project with all that is in it, or a generation with its files.
    pub resource: Resource,
    /// Why.
    pub reason: String,
    /// For how many minutes from the approval on.
    pub minutes: i64,
}

impl Access {
    /// Asks for an emergency access; it begins when another administrator approves it.
    pub async fn request_emergency(
        &self,
        call: &Call,
        asker: Asker,
        request: EmergencyRequest,
    ) -> Result<EmergencyAccess> {
        let EmergencyRequest {
            resource,
            minutes,
            reason,
            ..
        } = request;
        if !(1..=MINUTES_MAX).contains(&minutes) {
            return Err(Refusal::invalid("minutes", format!("must be 1 to {MINUTES_MAX}")).into());
        }
        let reason = reason.trim().to_owned();
        if !REASON_CHARACTERS.contains(&reason.chars().count()) || reason.contains('\0') {
            return Err(Refusal::invalid("reason", "must have 10 to 500 characters").into());
        }
        if !matches!(resource.kind, Kind::Project | Kind::Generation) {
            return Err(Refusal::invalid("resource", "must be a project or a generation").into());
        }
        let mut session = self.begin(call, asker).await?;
        let requested_by = session.require_administrator()?;
        let beneficiary = request.user.unwrap_or(requested_by);
        let account = session.account("user_id", beneficiary).await?;
        if !account.is_active(call.now) {
            return Err(Refusal::invalid("user_id", "is an account that is not active").into());
        }
        let owner = session.require_registered(resource).await?;
        let access = EmergencyAccess {
            id: EmergencyId::random(self.entropy()),
            user_id: beneficiary,
            resource_type: resource.kind.name().to_owned(),
            resource_id: resource.id,
            owner_id: Some(owner),
            reason,
            minutes,
            requested_by,
            requested_at: call.now,
            approved_by: None,
            approved_at: None,
            expires_at: None,
            ended_by: None,
            ended_at: None,
        };
        emergency_accesses::insert(&mut session.transaction.tx, &access);
        session.note_emergency(Event::EmergencyRequested, &access);
        session.commit().await?;
        Ok(access)
    }

    /// Approves an emergency access: by an administrator who neither asked for it nor has it. The
    /// version of the store with it.
    pub async fn approve_emergency(
        &self,
        call: &Call,
        asker: Asker,
        id: EmergencyId,
    ) -> Result<(EmergencyAccess, i64)> {
        let mut session = self.begin(call, asker).await?;
        let approver = session.require_administrator()?;
        let mut access = session.emergency(id).await?;
        if approver == access.requested_by || approver == access.user_id {
            let why = "a second person approves an emergency access: neither who asked for it, nor \
                       who has it";
            return Err(Refusal::NotAllowed(why).into());
        }
        if access.requested_at + REQUEST_SPAN <= call.now {
            let at = access.requested_at + REQUEST_SPAN;
            return Err(Refusal::Ended {
                what: "the request",
                at,
            }
            .into());
        }
        let resource = resource_of(&access)?;
        let owner = session.require_registered(resource).await?;
        let account = session.account("user_id", access.user_id).await?;
        if !account.is_active(call.now) {
            return Err(Refusal::Conflict("who is to read has no active account any more").into());
        }
        session.require_still_asked(&access, owner).await?;
        let facts = session.facts(resource).await?;
        let subject = user(access.user_id);
        let mut running = facts.of("emergency_reader");
        if running.any(|one| one.tuple.key.subject == subject) {
            return Err(Refusal::Conflict("another one of this user is running").into());
        }
        let minutes = u64::try_from(access.minutes.clamp(0, MINUTES_MAX)).unwrap_or_default();
        let expires_at = call.now + Duration::from_secs(60 * minutes);
        let tx = &mut session.transaction.tx;
        if !emergency_accesses::approve(tx, id, approver, call.now, expires_at).await? {
            return Err(Refusal::Conflict("it was approved or ended before").into());
        }
        access.approved_by = Some(approver);
        access.approved_at = Some(call.now);
        access.expires_at = Some(expires_at);
        let reading = key(&resource.object(), "emergency_reader", user(access.user_id));
        session.transaction.write(reading, Some(expires_at));
        session.note_emergency(Event::EmergencyApproved, &access);
        let reason = format!("emergency access {id}: {}", access.reason);
        let version = session.commit_because(Some(reason)).await?;
        Ok((access, version))
    }

    /// Ends an emergency access at once: by any administrator, by whoever has it, or by a service.
    /// The version of the store with it.
    pub async fn end_emergency(
        &self,
        call: &Call,
        asker: Asker,
        id: EmergencyId,
    ) -> Result<(EmergencyAccess, i64)> {
        let mut session = self.begin(call, asker).await?;
        let mut access = session.emergency(id).await?;
        let may_end = asker == Asker::User(access.user_id)
            || asker == Asker::Service
            || session.require_administrator().is_ok();
        if !may_end {
            return Err(Refusal::NotFound("emergency access").into());
        }
        let by = match asker {
            Asker::User(id) => Some(id),
            Asker::Service => None,
        };
        let is_over = access.expires_at.is_some_and(|at| at <= call.now);
        let tx = &mut session.transaction.tx;
        if is_over || !emergency_accesses::end(tx, id, by, call.now).await? {
            return Err(Refusal::Conflict("it has ended already").into());
        }
        access.ended_by = by;
        access.ended_at = Some(call.now);
        // One that nobody approved gives nothing: what there is comes from another one.
        if access.approved_at.is_some() {
            let resource = resource_of(&access)?;
            let reading = key(&resource.object(), "emergency_reader", user(access.user_id));
            session.transaction.delete(reading);
        }
        session.note_emergency(Event::EmergencyEnded, &access);
        let version = session.commit().await?;
        Ok((access, version))
    }

    /// Writes down what only an emergency access shows to somebody, before it is told.
    pub(super) async fn note_emergency_use(
        &self,
        call: &Call,
        asker: Asker,
        user: UserId,
        resources: &BTreeSet<Resource>,
    ) -> Result<()> {
        if resources.is_empty() {
            return Ok(());
        }
        let named = resources.iter().take(NAMED_MAX).map(Resource::to_string);
        let named: Vec<_> = named.collect();
        let traits = traits! { "resources": named, "count": resources.len() };
        let entry = entry(asker, Event::EmergencyUsed, Some(user), traits);
        self.note_question(call, &entry).await
    }

    /// The newest emergency accesses, for administrators and services.
    pub async fn emergencies(&self, call: &Call, asker: Asker) -> Result<Vec<EmergencyAccess>> {
        let mut db = self.db(call);
        if let Asker::User(id) = asker {
            let person = people::find(&mut db, id).await?;
            require_administrator(person.as_ref())?;
        }
        Ok(emergency_accesses::list(&mut db, LISTED_MAX).await?)
    }
}

impl Session<'_> {
    /// The administrator who asks.
    fn require_administrator(&self) -> Result<UserId, Refusal> {
        require_administrator(self.person.as_ref())
    }

    /// Refuses what was asked for by somebody who would not be heard any more, or about something
    /// that has come into other hands: the reason named what another one owned. What changes hands
    /// behind the approval stays readable until the access ends, so that nobody can give it away
    /// before it is looked at.
    async fn require_still_asked(&mut self, access: &EmergencyAccess, owner: UserId) -> Result<()> {
        let tx = &mut self.transaction.tx;
        let found = people::find(tx, access.requested_by).await?;
        let asking = found.filter(|person| person.is_active(self.call.now));
        if require_administrator(asking.as_ref()).is_err() {
            let why = "whoever asked for it is no active administrator any more";
            return Err(Refusal::Conflict(why).into());
        }
        if access.owner_id != Some(owner) {
            let why = "the resource has come to another owner since; ask for it anew";
            return Err(Refusal::Conflict(why).into());
        }
        Ok(())
    }

    /// The owner of a resource that is registered.
    async fn require_registered(&mut self, resource: Resource) -> Result<UserId> {
        let owner = self.facts(resource).await?.owner();
        Ok(owner.ok_or(Refusal::NotFound(resource.kind.name()))?)
    }

    async fn emergency(&mut self, id: EmergencyId) -> Result<EmergencyAccess> {
        let found = emergency_accesses::find(&mut self.transaction.tx, id).await?;
        Ok(found.ok_or(Refusal::NotFound("emergency access"))?)
    }

    fn note_emergency(&mut self, event: Event, access: &EmergencyAccess) {
        let traits = traits! {
            "emergency": access.id.to_string(),
            "resource": format!("{}:{}", access.resource_type, access.resource_id),
            "reason": access.reason.as_str(),
            "minutes": access.minutes,
            "expires_at": access.expires_at.map(|at: Time| at.to_string()),
        };
        self.note(event, Some(access.user_id), traits);
    }
}

fn require_administrator(person: Option<&Person>) -> Result<UserId, Refusal> {
    let person = person.ok_or(Refusal::PersonOnly)?;
    if person.role.as_deref() == Some(ADMIN_ROLE) {
        Ok(person.id)
    } else {
        Err(Refusal::NotAllowed(
            "only administrators ask for emergency access, or approve it",
        ))
    }
}

fn resource_of(access: &EmergencyAccess) -> Result<Resource, Refusal> {
    let kind = Kind::parse(&access.resource_type);
    let kind = kind.ok_or(Refusal::NotFound("resource"))?;
    Ok(Resource::new(kind, access.resource_id))
}
