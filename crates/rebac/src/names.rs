//! Names and objects as small numbers, so that evaluation compares and hashes nothing longer.

use foldhash::HashMap;
use std::num::NonZeroU32;

/// The number of a name: of a type, a relation or a condition. It is never 0, so that "no name"
/// takes no room of its own: a whole store in memory is mostly these numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NameId(NonZeroU32);

/// The number of an object, or of all objects of a type, in one graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId(pub u32);

/// The names of one store. Models come and go and share them, so names are only ever added.
#[derive(Debug, Clone, Default)]
pub struct Names {
    ids: HashMap<Box<str>, NameId>,
    texts: Vec<Box<str>>,
}

impl Names {
    /// The number of a name, which is new or known.
    pub fn add(&mut self, name: &str) -> NameId {
        if let Some(id) = self.ids.get(name) {
            return *id;
        }
        // Models are limited in size and number long before four thousand million names.
        self.texts.push(name.into());
        let number = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        let id = NameId(NonZeroU32::new(number).unwrap_or(NonZeroU32::MAX));
        self.ids.insert(name.into(), id);
        id
    }

    /// The number of a known name.
    pub fn find(&self, name: &str) -> Option<NameId> {
        self.ids.get(name).copied()
    }

    /// The name of a number that [`Names::add`] gave.
    pub fn text(&self, id: NameId) -> &str {
        let index = usize::try_from(id.0.get() - 1).unwrap_or(usize::MAX);
        self.texts.get(index).map_or("", |text| text)
    }
}
