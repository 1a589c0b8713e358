//! Whether somebody may know of a resource at all, and whether only an emergency access lets them.

use super::Access;
use super::error::Result;
use super::resource::{Asker, Resource};
use super::word::Method;
use crate::question::FirstQuestion;
use crate::request::Consistency;
use types::Call;

/// What somebody may know of a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sight {
    /// Not even that it is there.
    Hidden,
    /// It is there for them, by a path of its own or their own.
    Seen,
    /// It is there for them while an emergency access runs, and by nothing else.
    Emergency,
}

impl Sight {
    pub(super) fn is_hidden(self) -> bool {
        self == Self::Hidden
    }

    pub(super) fn is_emergency(self) -> bool {
        self == Self::Emergency
    }

    /// By the first path that gives a view, if any does: an emergency is the last of them.
    pub(super) fn of(method: Option<Method>) -> Self {
        match method {
            None => Self::Hidden,
            Some(Method::EmergencyAccess) => Self::Emergency,
            Some(_) => Self::Seen,
        }
    }
}

impl Access {
    /// What whoever asks may know of a resource.
    pub(super) async fn sight(
        &self,
        call: &Call,
        asker: Asker,
        resource: Resource,
    ) -> Result<Sight> {
        let Asker::User(user) = asker else {
            let is_there = self.facts(call, resource).await?.owner().is_some();
            return Ok(if is_there { Sight::Seen } else { Sight::Hidden });
        };
        let viewing = self.paths().viewing(resource.kind);
        let question = FirstQuestion::of(user, resource, &viewing.relations);
        let scope = self.scope(Consistency::MinimizeLatency);
        let answered = self.authz().first(call, scope, &[question]).await?;
        let held = answered.value.into_iter().next().transpose()?;
        Ok(Sight::of(viewing.method(held.flatten())))
    }
}
