//! May this user do this? With the path that grants it, the user's role, and why not.

use super::Access;
use super::error::{Refusal, Result};
use super::paths::role_of;
use super::resource::{Asker, Resource};
use super::session::{entry, traits};
use super::sight::Sight;
use super::word::{Denial, Method, Permission, Role};
use crate::question::{FirstQuestion, Held};
use crate::request::{CheckQuestion, Consistency, Given};
use std::sync::Arc;
use store::audit::{self, Entry};
use store::people;
use types::audit::Event;
use types::{Call, Time, UserId};

/// Most decisions that are asked for at once.
const ITEMS_MAX: usize = 100;

/// What is asked.
#[derive(Debug, Clone)]
pub struct Ask {
    /// Who asks.
    pub asker: Asker,
    /// About whom; none: about whoever asks. Only a service may ask about somebody else.
    pub user: Option<UserId>,
    /// Which permissions to which resources.
    pub items: Vec<Item>,
    /// Whether the reasons are told too, to a service or to whoever administrates the resource.
    pub explains: bool,
    /// How fresh the answer must be.
    pub consistency: Consistency,
}

/// One permission to one resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Item {
    /// The resource.
    pub resource: Resource,
    /// The permission.
    pub permission: Permission,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// What was asked.
    pub item: Item,
    /// By which path it is granted; none: it is not.
    pub method: Option<Method>,
    /// Why it is not granted.
    pub denial: Option<Denial>,
    /// What the user is to the resource, where they may know of it.
    pub role: Option<Role>,
    /// Only an emergency access lets the user know of the resource: without it there would be
    /// nothing that they may know of.
    pub is_emergency: bool,
    /// When the grant ends by itself, if it does.
    pub expires_at: Option<Time>,
    /// The reasons as a tree of lines, where they were asked for.
    pub explanation: Option<String>,
}

impl Decision {
    /// Whether it is granted.
    pub const fn granted(&self) -> bool {
        self.method.is_some()
    }

    /// It reaches no further than the project of whoever asks: what is deleted so is taken out of
    /// the project, and stays its owner's.
    pub fn is_within_project(&self) -> bool {
        let is_wide = matches!(self.item.permission, Permission::Delete | Permission::Admin);
        is_wide && self.method == Some(Method::ProjectOwnership)
    }

    /// There is nothing that the user may know of.
    pub fn is_unknown(&self) -> bool {
        self.denial == Some(Denial::ResourceNotFound)
    }

    /// Whoever asked administrates the resource: its reasons name its teams, its collaborators and
    /// who shared it with whom, which is not for everybody who may look at it.
    fn administrates(&self) -> bool {
        self.granted() && self.role.is_some_and(|role| role >= Role::Admin)
    }

    fn denied(item: Item, denial: Denial) -> Self {
        Self {
            item,
            method: None,
            denial: Some(denial),
            role: None,
            is_emergency: false,
            expires_at: None,
            explanation: None,
        }
    }
}

impl Access {
    /// Decides, all at one version, which is told with the answers.
    pub async fn decide(&self, call: &Call, ask: &Ask) -> Result<(Vec<Decision>, i64)> {
        let user = ask.subject()?;
        if ask.items.is_empty() || ask.items.len() > ITEMS_MAX {
            let fault = format!("must be 1 to {ITEMS_MAX}");
            return Err(Refusal::invalid("items", fault).into());
        }
        let questions = ask.items.iter().map(|item| self.questions(user, *item));
        let questions = questions.collect::<Result<Vec<_>, _>>()?.concat();
        self.note_asking(call, ask, user).await?;
        let is_active = ask.asker == Asker::User(user) || self.is_active(call, user).await?;
        let scope = self.scope(ask.consistency);
        let answered = self.authz().first(call, scope, &questions).await?;
        let decisions = ask.items.iter().zip(answered.value.chunks(3));
        let decisions = decisions.map(|(item, held)| {
            if is_active {
                self.decision(*item, held)
            } else {
                Ok(Decision::denied(*item, Denial::AccountInactive))
            }
        });
        let mut decisions = decisions.collect::<Result<Vec<_>>>()?;
        let by_emergency = |one: &&Decision| one.method == Some(Method::EmergencyAccess);
        let used = decisions.iter().filter(by_emergency);
        let used = used.map(|one| one.item.resource).collect();
        self.note_emergency_use(call, ask.asker, user, &used)
            .await?;
        self.add_endings(call, user, &mut decisions).await?;
        if ask.explains {
            for decision in &mut decisions {
                if ask.asker == Asker::Service || decision.administrates() {
                    let of = (decision.item, answered.version);
                    decision.explanation = Some(self.explanation(call, user, of).await?);
                }
            }
        }
        Ok((decisions, answered.version))
    }

    /// All permissions that a resource of this kind has, for one user.
    pub async fn decide_all(
        &self,
        call: &Call,
        ask: Ask,
        resource: Resource,
    ) -> Result<(Vec<Decision>, i64)> {
        let permissions = self.paths().permissions(resource.kind);
        let items = permissions.map(|permission| Item {
            resource,
            permission,
        });
        let items = items.collect();
        self.decide(call, &Ask { items, ..ask }).await
    }

    /// The paths of the permission, whether the resource may be known of, and the roles.
    fn questions(&self, user: UserId, item: Item) -> Result<[FirstQuestion; 3], Refusal> {
        let Item {
            resource,
            permission,
        } = item;
        let granting = self.paths().granting(resource.kind, permission);
        let granting = granting.ok_or_else(|| {
            let known = self.paths().permissions(resource.kind);
            let known: Vec<_> = known.map(Permission::name).collect();
            let fault = format!("of a {} is one of {}", resource.kind, known.join(", "));
            Refusal::invalid("permission", fault)
        })?;
        let relations = [
            Arc::clone(&granting.relations),
            self.paths().viewing(resource.kind).relations,
            self.paths().roles(resource.kind),
        ];
        let question = FirstQuestion::of(user, resource, &relations[0]);
        Ok(relations.map(|relations| FirstQuestion {
            relations,
            ..question.clone()
        }))
    }

    fn decision(&self, item: Item, held: &[Held]) -> Result<Decision> {
        let [granting, viewing, role] = held else {
            return Ok(Decision::denied(item, Denial::ResourceNotFound));
        };
        let kind = item.resource.kind;
        let (viewing, role) = (viewing.clone()?, role.clone()?);
        let role = role.and_then(|at| {
            self.paths()
                .roles(kind)
                .get(at)
                .and_then(|one| role_of(one))
        });
        let paths = self.paths().granting(kind, item.permission);
        let granting = granting.clone()?;
        let method = paths.and_then(|paths| paths.method(granting));
        let sight = Sight::of(self.paths().viewing(kind).method(viewing));
        let denial = match (method, sight) {
            (Some(_), _) => None,
            (None, Sight::Hidden) => Some(Denial::ResourceNotFound),
            (None, _) => Some(Denial::PermissionNotGranted),
        };
        Ok(Decision {
            item,
            method,
            denial,
            role,
            is_emergency: sight.is_emergency(),
            expires_at: None,
            explanation: None,
        })
    }

    /// The reasons, as of this version or a later one.
    async fn explanation(
        &self,
        call: &Call,
        user: UserId,
        (item, version): (Item, i64),
    ) -> Result<String> {
        let question = CheckQuestion {
            user: format!("user:{user}"),
            relation: format!("can_{}", item.permission),
            object: item.resource.to_string(),
            given: Given::default(),
        };
        let scope = self.scope(Consistency::AtLeast(version));
        Ok(self
            .authz()
            .explain(call, scope, question)
            .await?
            .value
            .text)
    }

    /// Whether an account is there and counts.
    pub(super) async fn is_active(&self, call: &Call, user: UserId) -> Result<bool> {
        let found = people::find(&mut self.db(call), user).await?;
        Ok(found.is_some_and(|person| person.is_active(call.now)))
    }

    /// Refuses an account that does not count, where whoever asks names another than their own.
    pub(super) async fn require_active(
        &self,
        call: &Call,
        asker: Asker,
        user: UserId,
    ) -> Result<()> {
        if asker == Asker::User(user) || self.is_active(call, user).await? {
            Ok(())
        } else {
            Err(Refusal::Inactive.into())
        }
    }

    /// Writes down that a service asked about somebody, before it is answered.
    async fn note_asking(&self, call: &Call, ask: &Ask, user: UserId) -> Result<()> {
        if ask.asker != Asker::Service {
            return Ok(());
        }
        let asked = ask.items.iter();
        let asked = asked.map(|item| format!("{} {}", item.permission, item.resource));
        let asked: Vec<String> = asked.collect();
        let entry = entry(
            ask.asker,
            Event::DecisionAsked,
            Some(user),
            traits! { "asked": asked },
        );
        self.note_question(call, &entry).await
    }

    /// Writes a line of the audit log about a question, before it is answered.
    pub(super) async fn note_question(&self, call: &Call, entry: &Entry) -> Result<()> {
        let mut tx = self.db(call).begin().await?;
        audit::append(&mut tx, call, self.entropy(), entry);
        Ok(tx.commit().await?)
    }
}

impl Ask {
    /// The user whom the question is about.
    fn subject(&self) -> Result<UserId, Refusal> {
        subject(self.asker, self.user)
    }
}

/// The user whom a question is about: whoever asks, or whom a service names.
pub(super) fn subject(asker: Asker, user: Option<UserId>) -> Result<UserId, Refusal> {
    match (asker, user) {
        (Asker::User(id), None) => Ok(id),
        (Asker::User(id), Some(user)) if id == user => Ok(id),
        (Asker::User(_), Some(_)) => Err(Refusal::ServiceOnly),
        (Asker::Service, Some(user)) => Ok(user),
        (Asker::Service, None) => Err(Refusal::invalid(
            "user_id",
            "is required with a service key",
        )),
    }
}
