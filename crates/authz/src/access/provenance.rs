//! Where a generation came from, as far as whoever asks may see.

use super::Access;
use super::error::{Refusal, Result};
use super::resource::{Asker, Resource};
use super::word::Kind;
use crate::question::FirstQuestion;
use crate::request::Consistency;
use std::collections::BTreeSet;
use types::Call;
use uuid::Uuid;

pub use super::parents::PARENTS_MAX;

/// One generation above another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ancestor {
    /// How far above: 1 is the parent.
    pub depth: usize,
    /// Which, where whoever asks may see it.
    pub id: Option<Uuid>,
}

impl Access {
    /// The generations above one, the nearest in front. One that may not be seen keeps its place
    /// without a name: it takes nothing away from those beyond it.
    pub async fn provenance(&self, call: &Call, asker: Asker, id: Uuid) -> Result<Vec<Ancestor>> {
        let resource = Resource::new(Kind::Generation, id);
        if !self.may_view(call, asker, resource).await? {
            return Err(Refusal::NotFound(Kind::Generation.name()).into());
        }
        let mut ancestors = Vec::new();
        // A cycle can come in by another door only, and ends here.
        let mut seen = BTreeSet::from([id]);
        let mut next = self.parent(call, id).await?;
        while let Some(parent) = next.filter(|parent| seen.insert(*parent)) {
            let depth = ancestors.len() + 1;
            if depth > PARENTS_MAX {
                break;
            }
            let ancestor = Resource::new(Kind::Generation, parent);
            let is_visible = self.may_view(call, asker, ancestor).await?;
            ancestors.push(Ancestor {
                depth,
                id: is_visible.then_some(parent),
            });
            next = self.parent(call, parent).await?;
        }
        Ok(ancestors)
    }

    async fn parent(&self, call: &Call, id: Uuid) -> Result<Option<Uuid>> {
        let facts = self
            .facts(call, Resource::new(Kind::Generation, id))
            .await?;
        Ok(facts.one("parent"))
    }

    /// Whether whoever asks may know of a resource.
    pub(super) async fn may_view(
        &self,
        call: &Call,
        asker: Asker,
        resource: Resource,
    ) -> Result<bool> {
        let Asker::User(user) = asker else {
            return Ok(self.facts(call, resource).await?.owner().is_some());
        };
        let question = FirstQuestion {
            user: format!("user:{user}"),
            object: resource.to_string(),
            relations: self.paths().viewing(),
        };
        let scope = self.scope(Consistency::MinimizeLatency);
        let answered = self.authz().first(call, scope, &[question]).await?;
        match answered.value.into_iter().next() {
            Some(held) => Ok(held?.is_some()),
            None => Ok(false),
        }
    }
}
