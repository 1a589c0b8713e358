//! Assertions: what the answers of a model should be, kept beside it for whoever runs them.

mod size;

use crate::error::{Error, Refusal, Result};
use crate::request::{Consistency, Given, Scope, WrittenTuple};
use crate::service::Authz;
use crate::written;
use serde::{Deserialize, Serialize};
use store::{store_assertions, stores};
use types::{Call, JsonObject, ModelId, StoreId, TupleCondition};

/// The most assertions of one model.
pub const ASSERTIONS_MAX: usize = 100;
/// The most bytes that the assertions of one model take, as protobuf writes them.
pub const ASSERTIONS_BYTES_MAX: usize = 64_000;
/// The most contextual tuples of one assertion.
pub const ASSERTED_MAX: usize = 20;

/// What a check should answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assertion {
    /// Who.
    pub user: String,
    /// Which relation.
    pub relation: String,
    /// To what.
    pub object: String,
    /// The answer.
    pub expectation: bool,
    /// What the question brings along.
    pub given: Given,
}

/// An assertion as it is stored.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    user: String,
    relation: String,
    object: String,
    expectation: bool,
    contextual: Vec<KeptTuple>,
    context: Option<JsonObject>,
}

#[derive(Debug, Serialize, Deserialize)]
struct KeptTuple {
    user: String,
    relation: String,
    object: String,
    condition: Option<(String, JsonObject)>,
}

impl Authz {
    /// Keeps assertions beside a model, in place of those that it had.
    pub async fn write_assertions(
        &self,
        call: &Call,
        store: StoreId,
        model: ModelId,
        assertions: Vec<Assertion>,
    ) -> Result<()> {
        if assertions.len() > ASSERTIONS_MAX {
            let what = "assertions";
            let most = ASSERTIONS_MAX;
            return Err(Refusal::TooMany { what, most }.into());
        }
        let known = self.known_of(call, scope(store, model)).await?;
        let (_, ready, names) = known.model(self.parts(), call, Some(model)).await?;
        for assertion in &assertions {
            let object = written::object(&assertion.object)?;
            ready
                .relation(&names, object.type_name(), &assertion.relation)
                .map_err(Refusal::from)?;
            written::subject(&ready, &names, &assertion.user)?;
            if assertion.given.contextual.len() > ASSERTED_MAX {
                let what = "contextual tuples of an assertion";
                let most = ASSERTED_MAX;
                return Err(Refusal::TooMany { what, most }.into());
            }
            written::contextual(&ready, &names, &assertion.given.contextual)?;
        }
        if size::of(&assertions) > ASSERTIONS_BYTES_MAX {
            let what = "bytes of assertions";
            let most = ASSERTIONS_BYTES_MAX;
            return Err(Refusal::TooMany { what, most }.into());
        }
        let kept: Vec<_> = assertions.into_iter().map(Kept::from).collect();
        let body = serde_json::to_string(&kept).map_err(|e| Error::Internal(e.into()))?;
        let mut tx = self.parts().store.db(call).begin().await?;
        // Another server may have deleted it; what is kept for it then would never go.
        let found = stores::lock(&mut tx, known.number, 0).await?;
        if found.is_some() {
            store_assertions::put(&mut tx, known.number, model, &body);
        }
        tx.commit().await?;
        if found.is_none() {
            self.parts().known.forget(store);
            return Err(Refusal::ModelNotFound(model).into());
        }
        Ok(())
    }

    /// The assertions beside a model; none where none were ever kept.
    pub async fn read_assertions(
        &self,
        call: &Call,
        store: StoreId,
        model: ModelId,
    ) -> Result<Vec<Assertion>> {
        let parts = self.parts();
        let Some(known) = parts.known.find_current(parts, call, store).await? else {
            return Ok(Vec::new());
        };
        let mut db = parts.store.db(call);
        let body = store_assertions::find(&mut db, known.number, model).await?;
        let kept: Vec<Kept> = match body {
            Some(body) => serde_json::from_str(&body).map_err(|e| Error::Internal(e.into()))?,
            None => Vec::new(),
        };
        Ok(kept.into_iter().map(Assertion::from).collect())
    }
}

const fn scope(store: StoreId, model: ModelId) -> Scope {
    Scope {
        store,
        model: Some(model),
        consistency: Consistency::MinimizeLatency,
    }
}

impl From<Assertion> for Kept {
    fn from(assertion: Assertion) -> Self {
        let contextual = assertion.given.contextual.into_iter();
        Self {
            user: assertion.user,
            relation: assertion.relation,
            object: assertion.object,
            expectation: assertion.expectation,
            contextual: contextual.map(KeptTuple::from).collect(),
            context: assertion.given.context,
        }
    }
}

impl From<Kept> for Assertion {
    fn from(kept: Kept) -> Self {
        let contextual = kept.contextual.into_iter();
        Self {
            user: kept.user,
            relation: kept.relation,
            object: kept.object,
            expectation: kept.expectation,
            given: Given {
                contextual: contextual.map(WrittenTuple::from).collect(),
                context: kept.context,
            },
        }
    }
}

impl From<WrittenTuple> for KeptTuple {
    fn from(tuple: WrittenTuple) -> Self {
        let condition = tuple.condition.map(|one| (one.name, one.context));
        Self {
            user: tuple.user,
            relation: tuple.relation,
            object: tuple.object,
            condition,
        }
    }
}

impl From<KeptTuple> for WrittenTuple {
    fn from(tuple: KeptTuple) -> Self {
        let condition = tuple.condition;
        Self {
            user: tuple.user,
            relation: tuple.relation,
            object: tuple.object,
            condition: condition.map(|(name, context)| TupleCondition { name, context }),
        }
    }
}
