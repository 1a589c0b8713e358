//! Where a generation came from, as far as whoever asks may see.

use super::Access;
use super::error::{Refusal, Result};
use super::resource::{Asker, Resource};
use super::word::Kind;
use std::collections::BTreeSet;
use types::Call;
use uuid::Uuid;

pub use super::parents::PARENTS_MAX;

/// Where a generation came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provenance {
    /// The generations above it, the nearest in front.
    pub ancestors: Vec<Ancestor>,
    /// Only an emergency access lets whoever asks know of the generation itself.
    pub is_emergency: bool,
}

/// One generation above another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ancestor {
    /// How far above: 1 is the parent.
    pub depth: usize,
    /// Which, where whoever asks may see it.
    pub id: Option<Uuid>,
    /// Only an emergency access lets whoever asks see which.
    pub is_emergency: bool,
}

impl Access {
    /// The generations above one, the nearest in front. One that may not be seen keeps its place
    /// without a name: it takes nothing away from those beyond it.
    pub async fn provenance(&self, call: &Call, asker: Asker, id: Uuid) -> Result<Provenance> {
        let resource = Resource::new(Kind::Generation, id);
        let sight = self.sight(call, asker, resource).await?;
        if sight.is_hidden() {
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
            let sight = self.sight(call, asker, ancestor).await?;
            ancestors.push(Ancestor {
                depth,
                id: (!sight.is_hidden()).then_some(parent),
                is_emergency: sight.is_emergency(),
            });
            next = self.parent(call, parent).await?;
        }
        let is_emergency = sight.is_emergency();
        if let Asker::User(user) = asker
            && (is_emergency || ancestors.iter().any(|one| one.is_emergency))
        {
            self.note_emergency_use(call, asker, user, &[resource].into())
                .await?;
        }
        Ok(Provenance {
            ancestors,
            is_emergency,
        })
    }

    async fn parent(&self, call: &Call, id: Uuid) -> Result<Option<Uuid>> {
        let facts = self
            .facts(call, Resource::new(Kind::Generation, id))
            .await?;
        Ok(facts.one("parent"))
    }
}
