//! Which store, and which of its models, a request asks.

use super::error::Failure;
use crate::http::exchange::Exchange;
use authz::{Consistency, Scope};
use types::{ModelId, StoreId};

/// Pins the model, as OpenFGA has it.
const MODEL_HEADER: &str = "openfga-authorization-model-id";

/// The store of the path or else the default one; the model of the header or else the newest.
pub(super) async fn of(exchange: &Exchange) -> Result<Scope, Failure> {
    Ok(Scope {
        store: store(exchange).await?,
        model: model(exchange)?,
        consistency: Consistency::MinimizeLatency,
    })
}

async fn store(exchange: &Exchange) -> Result<StoreId, Failure> {
    let app = &exchange.app;
    let text = exchange.path("store_id");
    if text.is_empty() {
        let id = app.default_store.id(&app.authz, &exchange.call).await?;
        return id.ok_or(Failure::NoDefault);
    }
    text.parse().map_err(|_| Failure::NoStore)
}

fn model(exchange: &Exchange) -> Result<Option<ModelId>, Failure> {
    let invalid = |fault| Failure::Invalid(format!("`{MODEL_HEADER}` {fault}"));
    let Some(text) = exchange.header_once(MODEL_HEADER).map_err(invalid)? else {
        return Ok(None);
    };
    let model = text.parse().map(Some);
    model.map_err(|_| invalid("must be the id of a model"))
}
