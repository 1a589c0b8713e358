//! What callers ask for, in the words that they use.

use crate::store_file::condition;
use serde::Deserialize;
use types::{JsonObject, ModelId, StoreId, Time, TupleCondition};

/// Who, which relation, to what, as written; with a condition where it is a tuple.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WrittenTuple {
    /// Who: `user:ann`, `group:staff#member` or `user:*`.
    pub user: String,
    /// Which relation.
    pub relation: String,
    /// To what: `document:budget`.
    pub object: String,
    /// What must hold for the tuple to count.
    #[serde(default, deserialize_with = "condition")]
    pub condition: Option<TupleCondition>,
}

/// How fresh an answer must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Consistency {
    /// What this server knows, which is never older than its lease.
    #[default]
    MinimizeLatency,
    /// Everything that was acknowledged anywhere before the question.
    HigherConsistency,
    /// At least this version of the store, which a write has answered with.
    AtLeast(i64),
}

/// Where a question is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scope {
    /// The store.
    pub store: StoreId,
    /// The model; none: the newest.
    pub model: Option<ModelId>,
    /// How fresh the answer must be.
    pub consistency: Consistency,
}

/// What a question brings along.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Given {
    /// Tuples that count for this question only.
    pub contextual: Vec<WrittenTuple>,
    /// Values for the parameters of conditions.
    pub context: Option<JsonObject>,
}

/// May this user do this to this object?
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckQuestion {
    /// Who.
    pub user: String,
    /// Which relation.
    pub relation: String,
    /// To what.
    pub object: String,
    /// What comes along.
    pub given: Given,
}

/// To which objects of a type does this user have this relation?
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectsQuestion {
    /// Who.
    pub user: String,
    /// Which relation.
    pub relation: String,
    /// The type of the objects.
    pub type_name: String,
    /// What comes along.
    pub given: Given,
    /// Only objects behind this one, in the order of their texts: what an answer that was cut
    /// resumes at.
    pub after: Option<String>,
}

/// Which users of a kind have this relation to this object?
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsersQuestion {
    /// To what.
    pub object: String,
    /// Which relation.
    pub relation: String,
    /// The type of the users.
    pub type_name: String,
    /// Whoever has this relation to an object of the type, instead of the objects themselves.
    pub of_relation: Option<String>,
    /// What comes along.
    pub given: Given,
    /// Only users behind this one, in the order of their texts.
    pub after: Option<String>,
}

/// An answer and what it rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered<T> {
    /// The answer.
    pub value: T,
    /// The model that was asked.
    pub model: ModelId,
    /// The version of the store that the answer is of.
    pub version: i64,
}

/// A list, as far as it goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct List {
    /// Objects or users, as they are written, in the order of their texts.
    pub found: Vec<String>,
    /// Nothing is left out.
    pub is_complete: bool,
    /// Where the list was cut by the number of results: what to ask for after it.
    pub resume_after: Option<String>,
}

/// What to do about a tuple that is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnDuplicate {
    /// The whole write is refused.
    #[default]
    Error,
    /// It stays; refused if it is there with another condition.
    Ignore,
    /// It takes the condition and the end that it is written with, in the same moment.
    Replace,
}

/// What to do about a tuple to delete that is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnMissing {
    /// The whole write is refused.
    #[default]
    Error,
    /// Nothing.
    Ignore,
}

/// A change of tuples: all of it, or nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Write {
    /// The model that the writes must fit; none: the newest.
    pub model: Option<ModelId>,
    /// Tuples to write.
    pub writes: Vec<WrittenTuple>,
    /// Tuples to delete; they need not fit any model.
    pub deletes: Vec<WrittenTuple>,
    /// What to do about writes that are there already.
    pub on_duplicate: OnDuplicate,
    /// What to do about deletes that are not there.
    pub on_missing: OnMissing,
    /// When the written tuples end.
    pub expires_at: Option<Time>,
    /// Who changes them: a key, a user, a job.
    pub actor: String,
    /// Why, in the words of whoever asked.
    pub reason: Option<String>,
}

/// A page of something: how many, and what the page before ended with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// At most so many.
    pub size: usize,
    /// Behind this one.
    pub after: Option<T>,
}

/// What a page brought, and where the next begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paged<T, A> {
    /// The items.
    pub items: Vec<T>,
    /// What to ask the next page for; none: there is nothing more now.
    pub next: Option<A>,
}

impl<T> Page<T> {
    /// One more than is wanted, which shows whether there is more.
    pub(crate) fn limit(&self) -> i64 {
        i64::try_from(self.size.saturating_add(1)).unwrap_or(i64::MAX)
    }

    /// A page of what was found with [`Page::limit`].
    pub(crate) fn cut<I, A>(&self, mut items: Vec<I>, key: impl Fn(&I) -> A) -> Paged<I, A> {
        let is_cut = items.len() > self.size;
        items.truncate(self.size);
        let next = items.last().filter(|_| is_cut).map(key);
        Paged { items, next }
    }
}
