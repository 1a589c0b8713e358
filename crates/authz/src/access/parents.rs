//! Where generations come from: chains of parents, which are short and have no cycles.

use super::error::{Refusal, Result};
use super::resource::Resource;
use super::session::Session;
use super::word::{Kind, Permission};
use uuid::Uuid;

/// Generations above one that was derived: its parent, that one's parent, and so on.
pub const PARENTS_MAX: usize = 3;

impl Session<'_> {
    /// Refuses a parent that a new generation may not be derived from: one that the caller may not
    /// branch, the generation itself, or one that would make the chain too long.
    pub(super) async fn require_parent(&mut self, child: Uuid, parent: Uuid) -> Result<()> {
        if parent == child {
            return Err(Refusal::invalid("parent_id", "is the generation itself").into());
        }
        let resource = Resource::new(Kind::Generation, parent);
        self.require(resource, Permission::Branch).await?;
        let mut above = 1;
        let mut next = self.parent_of(parent).await?;
        while let Some(ancestor) = next {
            if ancestor == child {
                return Err(Refusal::invalid("parent_id", "descends from the generation").into());
            }
            above += 1;
            if above > PARENTS_MAX {
                let fault = format!("would be one of more than {PARENTS_MAX} ancestors");
                return Err(Refusal::invalid("parent_id", fault).into());
            }
            next = self.parent_of(ancestor).await?;
        }
        Ok(())
    }

    async fn parent_of(&mut self, id: Uuid) -> Result<Option<Uuid>> {
        let facts = self.facts(Resource::new(Kind::Generation, id)).await?;
        Ok(facts.one("parent"))
    }
}
