//! The world that is asked about: the same tuples and questions for the same size and seed.

use crate::case::{Case, DEPTHS, Kind};
use authz::{CheckQuestion, Given, ObjectsQuestion, WrittenTuple};
use types::{JsonObject, TupleCondition};

/// The model of the world.
pub(crate) const MODEL: &str = "\
model
  schema 1.1

type user

type group
  relations
    define member: [user, group#member]

type folder
  relations
    define parent: [folder]
    define viewer: [user, group#member] or viewer from parent
    define timed: [user with at_level] or timed from parent

type document
  relations
    define parent: [folder]
    define shared: [user]
    define viewer: [user, group#member] or viewer from parent
    define banned: [user, group#member]
    define reader: viewer but not banned
    define timed: [user with at_level] or timed from parent

condition at_level(level: int, needed: int) {
  level >= needed
}
";

/// Objects in the long list.
pub(crate) const LISTED: u64 = 1_000;
/// The last group and the root folder of a unit.
const LAST: u64 = 8;
/// The first group and folder of a unit: of the chain of depth 8, which begins at a document.
const FIRST: u64 = 2;
/// Tuples of a unit.
const UNIT: u64 = 100;
/// The level that timed tuples ask for.
const LEVEL: i64 = 3;

/// Units of a hundred tuples that hang together by groups, and one long list.
#[derive(Debug, Clone, Copy)]
pub(crate) struct World {
    units: u64,
    seed: u64,
}

impl World {
    pub(crate) const fn new(tuples: u64, seed: u64) -> Self {
        let units = tuples.saturating_sub(LISTED) / UNIT;
        Self { units, seed }
    }

    /// The tuples, a portion at a time.
    pub(crate) fn portions(&self) -> impl Iterator<Item = Vec<WrittenTuple>> {
        const UNITS_AT_ONCE: u64 = 500;
        let firsts = (0..self.units).step_by(500);
        let units = firsts.map(|first| {
            let last = self.units.min(first + UNITS_AT_ONCE);
            (first..last).flat_map(|unit| self.unit(unit)).collect()
        });
        std::iter::once(list()).chain(units)
    }

    /// Questions of a case, each about another unit as long as there are enough.
    pub(crate) fn questions(&self, case: Case, round: u64, count: usize) -> Vec<CheckQuestion> {
        let begin = self.spread(round);
        let units = (0..).map(|number: u64| (begin + number * 7_919) % self.units);
        let questions = units.map(|unit| self.question(case, unit));
        questions.take(count).collect()
    }

    fn question(&self, case: Case, unit: u64) -> CheckQuestion {
        let Case {
            kind,
            depth,
            answer,
        } = case;
        let (relation, object) = match kind {
            Kind::Direct => ("shared", document(unit, "s", 1)),
            Kind::Group => ("viewer", document(unit, "g", depth)),
            Kind::FolderTree => ("viewer", document(unit, "f", depth)),
            Kind::Exclusion => ("reader", document(unit, "f", depth)),
            Kind::Ban if answer => ("reader", document(unit, "c", depth)),
            Kind::Ban => ("reader", document(unit, "b", depth)),
            Kind::Condition => ("timed", document(unit, "f", depth)),
        };
        let is_held = answer || matches!(kind, Kind::Ban | Kind::Condition);
        let user = if is_held { unit } else { self.other(unit, 0) };
        let level = if answer { LEVEL + 1 } else { LEVEL - 1 };
        let context = (kind == Kind::Condition).then(|| values("level", level));
        CheckQuestion {
            user: deep_user(user),
            relation: relation.to_owned(),
            object,
            given: Given {
                context,
                ..Given::default()
            },
        }
    }

    /// A hundred tuples.
    fn unit(&self, unit: u64) -> Vec<WrittenTuple> {
        let mut tuples = self.groups(unit);
        tuples.extend(self.folders(unit));
        tuples.extend(self.documents(unit));
        let mut number = 0;
        while (tuples.len() as u64) < UNIT {
            let filling = document(unit, "x", number);
            let folder = folder(unit, FIRST + number % (LAST - FIRST + 1));
            tuples.push(tuple(folder, "parent", filling.clone()));
            if (tuples.len() as u64) < UNIT {
                tuples.push(tuple(side_user(unit, number % LAST), "viewer", filling));
            }
            number += 1;
        }
        tuples
    }

    /// Groups in one another, each with a user, and with a group of another unit beside the next.
    fn groups(&self, unit: u64) -> Vec<WrittenTuple> {
        let mut tuples = Vec::new();
        for level in FIRST..=LAST {
            let of = group(unit, level);
            tuples.push(tuple(side_user(unit, level), "member", side(unit, level)));
            tuples.push(tuple(side_user(unit, 20 + level), "member", of.clone()));
            let other = side(self.other(unit, level), level);
            tuples.push(tuple(format!("{other}#member"), "member", of.clone()));
            let next = match level {
                LAST => deep_user(unit),
                _ => format!("{}#member", group(unit, level + 1)),
            };
            tuples.push(tuple(next, "member", of));
        }
        tuples
    }

    /// Folders in one another, each seen by a user and a group.
    fn folders(&self, unit: u64) -> Vec<WrittenTuple> {
        let mut tuples = Vec::new();
        for level in FIRST..=LAST {
            let of = folder(unit, level);
            let viewers = format!("{}#member", side(self.other(unit, level + 10), level));
            tuples.push(tuple(viewers, "viewer", of.clone()));
            tuples.push(tuple(side_user(unit, 40 + level), "viewer", of.clone()));
            if level < LAST {
                tuples.push(tuple(folder(unit, level + 1), "parent", of));
            } else {
                tuples.push(tuple(deep_user(unit), "viewer", of.clone()));
                tuples.push(timed(deep_user(unit), of));
            }
        }
        tuples
    }

    fn documents(&self, unit: u64) -> Vec<WrittenTuple> {
        let mut tuples = Vec::new();
        let shared = document(unit, "s", 1);
        for number in 0..7 {
            tuples.push(tuple(
                side_user(unit, 60 + number),
                "shared",
                shared.clone(),
            ));
        }
        tuples.push(tuple(deep_user(unit), "shared", shared));
        for depth in DEPTHS {
            let (grouped, filed) = (document(unit, "g", depth), document(unit, "f", depth));
            let first = LAST + 2 - depth.max(2);
            if depth == 1 {
                tuples.push(tuple(deep_user(unit), "viewer", grouped.clone()));
                tuples.push(tuple(deep_user(unit), "viewer", filed.clone()));
                tuples.push(timed(deep_user(unit), filed.clone()));
            } else {
                let members = format!("{}#member", group(unit, first));
                tuples.push(tuple(members, "viewer", grouped.clone()));
                tuples.push(tuple(folder(unit, first), "parent", filed.clone()));
            }
            tuples.push(tuple(side_user(unit, 80), "viewer", grouped));
            let banned = format!("{}#member", side(self.other(unit, depth + 30), LAST));
            tuples.push(tuple(banned, "banned", filed.clone()));
            tuples.push(tuple(side_user(unit, 81), "banned", filed));
            tuples.extend(self.bans(unit, depth));
        }
        tuples
    }

    /// Two documents that the user of the unit sees: one bans this user, the other one another.
    fn bans(&self, unit: u64, depth: u64) -> [WrittenTuple; 4] {
        let (own, other) = (document(unit, "b", depth), document(unit, "c", depth));
        let first = LAST + 2 - depth.max(2);
        let (seen, by) = match depth {
            1 => (deep_user(unit), "viewer"),
            _ => (folder(unit, first), "parent"),
        };
        let banned = |unit| match depth {
            1 => deep_user(unit),
            _ => format!("{}#member", group(unit, first)),
        };
        [
            tuple(seen.clone(), by, own.clone()),
            tuple(banned(unit), "banned", own),
            tuple(seen, by, other.clone()),
            tuple(banned(self.other(unit, depth + 50)), "banned", other),
        ]
    }

    /// Another unit.
    const fn other(&self, unit: u64, salt: u64) -> u64 {
        let step = 1 + self.spread(unit * 64 + salt) % (self.units - 1);
        (unit + step) % self.units
    }

    /// Spreads numbers, always the same way (the last step of `SplitMix64`).
    const fn spread(&self, number: u64) -> u64 {
        let mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ self.seed;
        let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) >> 1
    }
}

/// A thousand documents in ten folders that one group sees.
fn list() -> Vec<WrittenTuple> {
    let folder = |number: u64| format!("folder:listed{}", number % 10);
    let documents = (0..LISTED).map(|number| {
        let document = format!("document:listed{number:04}");
        tuple(folder(number), "parent", document)
    });
    let seen = (0..10).map(|number| {
        let members = "group:listers#member".to_owned();
        tuple(members, "viewer", folder(number))
    });
    let lister = tuple(
        "user:lister".to_owned(),
        "member",
        "group:listers".to_owned(),
    );
    documents.chain(seen).chain([lister]).collect()
}

/// What may be seen of the long list: all of it.
pub(crate) fn list_question() -> ObjectsQuestion {
    ObjectsQuestion {
        user: "user:lister".to_owned(),
        relation: "viewer".to_owned(),
        type_name: "document".to_owned(),
        given: Given::default(),
        after: None,
    }
}

fn tuple(user: String, relation: &str, object: String) -> WrittenTuple {
    WrittenTuple {
        user,
        relation: relation.to_owned(),
        object,
        condition: None,
    }
}

fn timed(user: String, object: String) -> WrittenTuple {
    let condition = TupleCondition {
        name: "at_level".to_owned(),
        context: values("needed", LEVEL),
    };
    WrittenTuple {
        condition: Some(condition),
        ..tuple(user, "timed", object)
    }
}

fn values(name: &str, value: i64) -> JsonObject {
    std::iter::once((name.to_owned(), value.into())).collect()
}

/// The user that the chains of a unit end at.
fn deep_user(unit: u64) -> String {
    format!("user:account-{unit:08}-deep")
}

fn side_user(unit: u64, number: u64) -> String {
    format!("user:account-{unit:08}-{number:02}")
}

fn group(unit: u64, level: u64) -> String {
    format!("group:team-{unit:08}-{level}")
}

fn side(unit: u64, level: u64) -> String {
    format!("group:side-{unit:08}-{level}")
}

fn folder(unit: u64, level: u64) -> String {
    format!("folder:folder-{unit:08}-{level}")
}

fn document(unit: u64, kind: &str, number: u64) -> String {
    format!("document:file-{unit:08}-{kind}{number}")
}
