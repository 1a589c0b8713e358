//! The sorts of questions that are asked of a world.

use serde::Serialize;

/// The chains of tuples that are followed; depth 1 is a tuple that names the user itself.
pub(crate) const DEPTHS: [u64; 3] = [1, 3, 8];

/// What leads to the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    /// A tuple names the user.
    Direct,
    /// Groups in groups.
    Group,
    /// Folders in folders.
    FolderTree,
    /// Folders in folders, but not whom bans name, themselves or by their groups.
    Exclusion,
    /// Folders in folders, and groups in groups that are banned: a false answer is found, but
    /// banned; a true one is found, and looked for in vain among those who are banned.
    Ban,
    /// Folders in folders, and the tuple at the root has a condition.
    Condition,
}

/// Questions of one sort.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Case {
    pub(crate) kind: Kind,
    /// Tuples in the chain that leads to a true answer.
    pub(crate) depth: u64,
    /// The answer. A true one is found in the last place that is looked at. A false one is found
    /// nowhere, and the same places are looked at; of a condition, it does not hold.
    pub(crate) answer: bool,
}

impl Case {
    /// Every case there is.
    pub(crate) fn all() -> Vec<Self> {
        let kinds = [
            Kind::Group,
            Kind::FolderTree,
            Kind::Exclusion,
            Kind::Ban,
            Kind::Condition,
        ];
        let chains = kinds
            .into_iter()
            .flat_map(|kind| DEPTHS.map(|depth| (kind, depth)));
        let cases = std::iter::once((Kind::Direct, 1)).chain(chains);
        let both = cases.flat_map(|(kind, depth)| {
            [true, false].map(|answer| Self {
                kind,
                depth,
                answer,
            })
        });
        both.collect()
    }
}
