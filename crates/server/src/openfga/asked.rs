//! One request of this API: who asks, of which store, and what its headers add.

use super::code::Code;
use super::error::Failure;
use super::message::{self, Message};
use super::pattern;
use super::wire::RESUME_HEADER;
use crate::http::exchange::{AT_LEAST_HEADER, Exchange};
use crate::http::page_token::{Purpose, TOKEN_BYTES_MAX};
use authz::{Consistency, Error, Refusal, Scope};
use serde::de::DeserializeOwned;
use serde_json::Value;
use types::{ModelId, StoreId, Time};

/// Largest page that a list may be asked for.
const PAGE_ITEMS_MAX: i64 = 100;
/// The page of a list that was asked for none.
const PAGE_ITEMS: i64 = 50;

/// One request of somebody who may ask.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'e> {
    /// What was sent.
    pub(super) exchange: &'e Exchange,
    /// Who asks, as the history of changes names them.
    pub(super) actor: &'e str,
}

impl Asked<'_> {
    /// The JSON of the body.
    pub(super) fn body(&self) -> Result<Value, Failure> {
        message::parse(&self.exchange.body)
    }

    /// The store of the path.
    pub(super) fn store(&self, message: &'static str) -> Result<StoreId, Failure> {
        let text = self.exchange.path("store_id");
        require_id(message, "StoreId", text)?;
        Ok(text.parse().unwrap_or(StoreId::NONE))
    }

    /// The model of the path.
    pub(super) fn model(
        &self,
        message: &'static str,
        name: &'static str,
    ) -> Result<ModelId, Failure> {
        let text = self.exchange.path(name);
        require_id(message, &message::pascal(name), text)?;
        Ok(model_id(text))
    }

    /// Where a question is asked, by its body and headers.
    pub(super) fn scope(&self, store: StoreId, message: &Message<'_>) -> Result<Scope, Failure> {
        Ok(Scope {
            store,
            model: Self::chosen_model(message)?,
            consistency: self.consistency(message)?,
        })
    }

    /// The model that the body names; none: the newest.
    pub(super) fn chosen_model(message: &Message<'_>) -> Result<Option<ModelId>, Failure> {
        let text = message.optional("authorization_model_id", pattern::ID)?;
        Ok((!text.is_empty()).then(|| model_id(text)))
    }

    /// How fresh the answer must be: what the body says, or more by the header.
    pub(super) fn consistency(&self, message: &Message<'_>) -> Result<Consistency, Failure> {
        let words = ["UNSPECIFIED", "MINIMIZE_LATENCY", "HIGHER_CONSISTENCY"];
        let is_higher = match message.value("consistency")? {
            Some(Value::Number(number)) => match number.as_i64() {
                Some(0 | 100) => false,
                Some(200) => true,
                _ => {
                    let reason = "value must be one of the defined enum values";
                    return Err(message.refuse("consistency", reason));
                }
            },
            _ => message.word("consistency", &words)? == "HIGHER_CONSISTENCY",
        };
        if is_higher {
            return Ok(Consistency::HigherConsistency);
        }
        let version = self.at_least()?;
        Ok(version.map_or(Consistency::MinimizeLatency, Consistency::AtLeast))
    }

    /// The version that the answer must know, by the header.
    pub(super) fn at_least(&self) -> Result<Option<i64>, Failure> {
        let version = self.exchange.at_least();
        version.map_err(|fault| Failure::invalid(format!("{AT_LEAST_HEADER} {fault}")))
    }

    /// What the failure of a use case means where the store was not looked up: OpenFGA misses the
    /// store's model, not the store.
    pub(super) fn missed(&self, scope: (StoreId, Option<ModelId>), error: Error) -> Failure {
        let refusal = match error {
            Error::Refused(refusal) => refusal,
            other => return other.into(),
        };
        match (refusal, scope.1) {
            (Refusal::StoreNotFound, Some(model)) => Refusal::ModelNotFound(model).into(),
            (Refusal::StoreNotFound | Refusal::NoModel, _) => {
                let store = self.exchange.path("store_id");
                let what = format!("No authorization models found for store '{store}'");
                Failure::Refused(Code::LatestModelNotFound, what)
            }
            (other, _) => other.into(),
        }
    }

    /// How many items a page of the query has.
    pub(super) fn page_size(&self, message: &'static str) -> Result<usize, Failure> {
        let text = self.exchange.query.get("page_size");
        let text = text.or_else(|| self.exchange.query.get("pageSize"));
        let given = text.map(|text| text.parse());
        let given = given
            .transpose()
            .map_err(|_| Failure::invalid("parsing field \"page_size\": it is no whole number"))?;
        page_size(message, given)
    }

    /// A text of the query without control characters; empty when it is unset.
    pub(super) fn query(&self, name: &str) -> Result<&str, Failure> {
        message::plain(name, self.raw_query(name))
    }

    /// A text of the query by either of its names, with whatever it holds; empty when it is unset.
    pub(super) fn raw_query(&self, name: &str) -> &str {
        match self.exchange.query(name) {
            "" => self.exchange.query(&message::camel(name)),
            text => text,
        }
    }

    /// Where a list of the query goes on.
    pub(super) fn position<P: DeserializeOwned>(
        &self,
        message: &'static str,
        purpose: Purpose<'_>,
    ) -> Result<Option<P>, Failure> {
        let token = self.raw_query("continuation_token");
        self.position_of(message, purpose, token)
    }

    /// Where a list goes on after this token.
    pub(super) fn position_of<P: DeserializeOwned>(
        &self,
        message: &'static str,
        purpose: Purpose<'_>,
        token: &str,
    ) -> Result<Option<P>, Failure> {
        if token.len() > TOKEN_BYTES_MAX {
            let reason = format!("value length must be at most {TOKEN_BYTES_MAX} bytes");
            return Err(Failure::violation(message, "ContinuationToken", &reason));
        }
        Ok(self.exchange.app.openfga.tokens.read(purpose, token)?)
    }

    /// Where an answer that was cut goes on, by the header.
    pub(super) fn resumed(&self, purpose: Purpose<'_>) -> Result<Option<String>, Failure> {
        let token = self.header(RESUME_HEADER.as_str())?;
        let tokens = &self.exchange.app.openfga.tokens;
        Ok(tokens.read(purpose, token.unwrap_or_default())?)
    }

    /// A time of a header that is still to come.
    pub(super) fn time_ahead(&self, header: &str) -> Result<Option<Time>, Failure> {
        let Some(text) = self.header(header)? else {
            return Ok(None);
        };
        match Time::parse(text) {
            None => {
                let what = format!("{header} is no time as RFC 3339 writes it");
                Err(Failure::invalid(what))
            }
            Some(time) if time <= self.exchange.call.now => {
                Err(Failure::invalid(format!("{header} has passed")))
            }
            time => Ok(time),
        }
    }

    /// The text of a header of ours.
    pub(super) fn header(&self, name: &str) -> Result<Option<&str>, Failure> {
        let text = self.exchange.header_once(name);
        text.map_err(|fault| Failure::invalid(format!("{name} {fault}")))
    }
}

/// How many items a page has.
pub(super) fn page_size(message: &'static str, given: Option<i64>) -> Result<usize, Failure> {
    let size = given.unwrap_or(PAGE_ITEMS);
    let is_allowed = (1..=PAGE_ITEMS_MAX).contains(&size);
    let size = usize::try_from(size).ok().filter(|_| is_allowed);
    size.ok_or_else(|| {
        let reason = format!("value must be inside range [1, {PAGE_ITEMS_MAX}]");
        Failure::violation(message, "PageSize", &reason)
    })
}

/// A text of the form of an id that is none stands for the id that nothing has.
fn model_id(text: &str) -> ModelId {
    text.parse().unwrap_or(ModelId::NONE)
}

fn require_id(message: &str, field: &str, text: &str) -> Result<(), Failure> {
    if pattern::ID.holds(text) {
        return Ok(());
    }
    Err(Failure::violation(message, field, &pattern::ID.reason()))
}
