//! Where in a text each item of a model stands, so that problems found later point into it.

use std::collections::BTreeMap;
use std::fmt;

/// A line and a column of a text; both begin at 1, columns count characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The line.
    pub line: u32,
    /// The column.
    pub column: u32,
}

/// An item of a model that a problem may be about. Names are enough: a model written in JSON has
/// items, too, but no places.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Item {
    /// The schema's version.
    Schema,
    /// A type, where it is named.
    Type(String),
    /// A relation, where it is named.
    Relation {
        /// Its type.
        type_name: String,
        /// Its name.
        relation: String,
    },
    /// The n-th assignable type of a relation, counted from 0.
    Assignable {
        /// The type that has the relation.
        type_name: String,
        /// The relation.
        relation: String,
        /// Which.
        index: usize,
    },
    /// A relation that the rewrite of another names.
    Reference {
        /// The type that has the relation.
        type_name: String,
        /// The relation whose rewrite it is.
        relation: String,
        /// The name that stands there.
        named: String,
    },
    /// A condition, where it is named.
    Condition(String),
    /// The expression of a condition, where it begins.
    Expression(String),
    /// A parameter of a condition.
    Parameter {
        /// The condition.
        condition: String,
        /// The parameter.
        parameter: String,
    },
}

/// Where the items of a model stand. Of an item that stands several times, the first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Places(BTreeMap<Item, (Option<String>, Place)>);

impl Places {
    /// Notes where an item stands; the file is given in modular models only.
    pub fn note(&mut self, item: Item, file: Option<&str>, place: Place) {
        self.0
            .entry(item)
            .or_insert_with(|| (file.map(str::to_owned), place));
    }

    /// Where an item stands, and in which file.
    pub fn find(&self, item: &Item) -> Option<(Option<&str>, Place)> {
        self.0
            .get(item)
            .map(|(file, place)| (file.as_deref(), *place))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}
