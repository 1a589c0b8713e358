//! What a user may see, a page at a time.

use super::Access;
use super::decide::subject;
use super::error::{Refusal, Result};
use super::paths::Granting;
use super::resource::{Asker, Resource};
use super::session::{entry, traits};
use super::sight::Sight;
use super::word::{Kind, Method, Permission};
use crate::question::FirstQuestion;
use crate::request::{Consistency, Given, ObjectsQuestion};
use std::collections::BTreeSet;
use types::audit::Event;
use types::{Call, UserId};

/// Most resources on one page.
pub(super) const PAGE_MAX: usize = 1_000;

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub struct VisibleQuestion {
    /// Who asks.
    pub asker: Asker,
    /// About whom; none: about whoever asks.
    pub user: Option<UserId>,
    /// Resources of which kind.
    pub kind: Kind,
    /// Which permission.
    pub permission: Permission,
    /// Also what is open to everybody.
    pub includes_public: bool,
    /// How fresh the answer must be.
    pub consistency: Consistency,
    /// At most so many.
    pub limit: usize,
    /// Only those behind this one, in the order of their ids.
    pub after: Option<Resource>,
}

/// A page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visible {
    /// The resources, in the order of their ids.
    pub resources: Vec<Resource>,
    /// Those of them that only an emergency access shows.
    pub emergencies: BTreeSet<Resource>,
    /// What to ask the next page for; none: there is nothing more.
    pub next: Option<Resource>,
    /// Nothing of this page was left out for lack of time.
    pub is_complete: bool,
    /// The version of the store that the page is of.
    pub version: i64,
}

impl Access {
    /// Lists the resources of a kind to which a user has a permission.
    pub async fn visible(&self, call: &Call, question: VisibleQuestion) -> Result<Visible> {
        let user = subject(question.asker, question.user)?;
        let VisibleQuestion {
            asker,
            kind,
            permission,
            limit,
            consistency,
            ..
        } = question;
        if limit == 0 || limit > PAGE_MAX {
            return Err(Refusal::invalid("limit", format!("must be 1 to {PAGE_MAX}")).into());
        }
        let Some(granting) = self.paths().granting(kind, permission) else {
            let fault = format!("is none of a {kind}");
            return Err(Refusal::invalid("permission", fault).into());
        };
        if question.asker == Asker::Service {
            let asked = traits! { "asked": format!("{permission} every {kind}") };
            let entry = entry(question.asker, Event::DecisionAsked, Some(user), asked);
            self.note_question(call, &entry).await?;
        }
        self.require_active(call, question.asker, user).await?;
        let is_public = |relation: &String| relation.ends_with("_by_public");
        let has_public = granting.relations.iter().any(is_public);
        let relation = match (question.includes_public || !has_public, permission) {
            (true, _) => format!("can_{permission}"),
            (false, Permission::View) => "view_personally".to_owned(),
            (false, _) => {
                let fault = "must be true for this permission, which is public too";
                return Err(Refusal::invalid("include_public", fault).into());
            }
        };
        let question = ObjectsQuestion {
            user: format!("user:{user}"),
            relation,
            type_name: kind.name().to_owned(),
            given: Given::default(),
            after: question.after.map(|one| one.to_string()),
        };
        let scope = self.scope(consistency);
        let answered = self.authz().list_some(call, scope, question, limit).await?;
        let list = answered.value;
        let resources = list.found.iter().filter_map(|text| Resource::parse(text));
        let mut resources: Vec<_> = resources.collect();
        let next = list.resume_after.as_deref().and_then(Resource::parse);
        let of = (kind, granting);
        let emergencies = self
            .only_by_emergency(call, user, of, answered.version, &mut resources)
            .await?;
        self.note_emergency_use(call, asker, user, &emergencies)
            .await?;
        Ok(Visible {
            resources,
            emergencies,
            is_complete: list.is_complete || next.is_some(),
            next,
            version: answered.version,
        })
    }

    /// Which of the resources of a page a user would not see without an emergency access. Hardly
    /// anybody has one: that is found out first. What may not be seen any more since the page was
    /// listed leaves it: nobody knows by then which path it came by.
    async fn only_by_emergency(
        &self,
        call: &Call,
        user: UserId,
        (kind, granting): (Kind, &Granting),
        version: i64,
        resources: &mut Vec<Resource>,
    ) -> Result<BTreeSet<Resource>> {
        let paths = granting.methods.iter().zip(granting.relations.iter());
        let mut emergency = paths.filter(|(method, _)| **method == Method::EmergencyAccess);
        let Some((_, relation)) = emergency.next().filter(|_| !resources.is_empty()) else {
            return Ok(BTreeSet::new());
        };
        let any = ObjectsQuestion {
            user: format!("user:{user}"),
            relation: relation.clone(),
            type_name: kind.name().to_owned(),
            given: Given::default(),
            after: None,
        };
        let scope = self.scope(Consistency::AtLeast(version));
        let any = self.authz().list_some(call, scope, any, 1).await?;
        // One that ended after the page was listed would be missed at a later version.
        if any.value.found.is_empty() && any.version == version {
            return Ok(BTreeSet::new());
        }
        let questions = resources.iter();
        let questions = questions.map(|one| FirstQuestion::of(user, *one, &granting.relations));
        let questions: Vec<_> = questions.collect();
        let answered = self.authz().first(call, scope, &questions).await?;
        let mut emergencies = BTreeSet::new();
        let mut seen = Vec::with_capacity(resources.len());
        for (resource, held) in resources.iter().zip(answered.value) {
            let sight = Sight::of(granting.method(held?));
            if sight.is_emergency() {
                emergencies.insert(*resource);
            }
            if !sight.is_hidden() {
                seen.push(*resource);
            }
        }
        *resources = seen;
        Ok(emergencies)
    }
}
