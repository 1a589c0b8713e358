//! Models: written once, never changed, found and listed.

use crate::error::{Error, Refusal, Result};
use crate::known::KnownStore;
use crate::ready::ReadyModel;
use crate::request::{Page, Paged, Scope};
use crate::service::Authz;
use crate::stores::refuse_kept;
use rebac::condition::Compiled;
use rebac::{Model, from_json, to_json, validate};
use serde_json::Value;
use std::sync::Arc;
use store::store_models::{self, ModelRow};
use store::{Tx, stores};
use types::{Call, ModelId, StoreId};

/// A model as it was written.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredModel {
    /// Its id.
    pub id: ModelId,
    /// OpenFGA's JSON form, with the id.
    pub body: Value,
}

impl Authz {
    /// Writes a model, which from now on is the store's newest.
    ///
    /// # Errors
    ///
    /// [`Refusal::InvalidModel`] with the first rule that it breaks.
    pub async fn write_model(&self, call: &Call, store: StoreId, model: Model) -> Result<ModelId> {
        refuse_kept(store)?;
        let compiles = |condition: &rebac::Condition| {
            let compiled = Compiled::new(condition);
            compiled.map(|_| ()).map_err(|error| error.to_string())
        };
        if let Err(problems) = validate(&model, compiles) {
            let first = problems.into_iter().next();
            let message = first.map_or_else(String::new, |problem| problem.message);
            return Err(Refusal::InvalidModel(message).into());
        }
        let known = self.known(call, store).await?;
        let tx = self.lock_for_model(call, store, &known).await?;
        self.put_model(call, store, &known, (tx, model)).await
    }

    /// Begins to add a model: whoever adds another one waits.
    pub(crate) async fn lock_for_model(
        &self,
        call: &Call,
        store: StoreId,
        known: &KnownStore,
    ) -> Result<Tx> {
        let parts = self.parts();
        let mut tx = parts.store.db(call).begin().await?;
        if stores::lock(&mut tx, known.number, 0).await?.is_some() {
            return Ok(tx);
        }
        // What was read may be what neighbours of the same commit wrote.
        tx.commit().await?;
        parts.known.forget(store);
        Err(Refusal::StoreNotFound.into())
    }

    /// Adds a valid model to a store that is locked, and commits.
    pub(crate) async fn put_model(
        &self,
        call: &Call,
        store: StoreId,
        known: &KnownStore,
        (mut tx, model): (Tx, Model),
    ) -> Result<ModelId> {
        let parts = self.parts();
        let body = to_json(&model).to_string();
        // Whoever writes waits for the lock, so that the latest stays the latest until the commit.
        let latest = store_models::latest_id(&mut tx, known.number).await?;
        let id = following(latest, ModelId::fresh(call.now, &*parts.entropy));
        let schema = model.schema.as_str();
        store_models::insert(&mut tx, known.number, id, schema, &body, call.now);
        tx.commit().await?;
        known.model_written(id, model);
        parts.known.trim_models(store);
        Ok(id)
    }

    /// A model by its id.
    pub async fn find_model(
        &self,
        call: &Call,
        store: StoreId,
        id: ModelId,
    ) -> Result<StoredModel> {
        let parts = self.parts();
        // Of a store that does not exist OpenFGA says the same.
        let known = parts.known.find_current(parts, call, store).await?;
        let known = known.ok_or(Refusal::ModelNotFound(id))?;
        let mut db = parts.store.db(call);
        let row = store_models::find(&mut db, known.number, id).await?;
        stored(&row.ok_or(Refusal::ModelNotFound(id))?)
    }

    /// The models of a store, the newest first. A store that does not exist has none.
    pub async fn list_models(
        &self,
        call: &Call,
        store: StoreId,
        page: Page<ModelId>,
    ) -> Result<Paged<StoredModel, ModelId>> {
        let parts = self.parts();
        let Some(known) = parts.known.find_current(parts, call, store).await? else {
            return Ok(page.cut(Vec::new(), |model: &StoredModel| model.id));
        };
        let mut db = parts.store.db(call);
        let rows = store_models::list(&mut db, known.number, page.after, page.limit()).await?;
        let items = rows.iter().map(stored).collect::<Result<Vec<_>>>()?;
        Ok(page.cut(items, |model: &StoredModel| model.id))
    }

    /// The model that a question would be asked of, with its id.
    pub async fn model_of(&self, call: &Call, scope: Scope) -> Result<(ModelId, Arc<ReadyModel>)> {
        let (_, view) = self.view(call, scope).await?;
        Ok((view.model_id, Arc::clone(&view.ready)))
    }
}

impl StoredModel {
    /// The model in the language; as JSON where the language has no word for something in it.
    pub fn text(&self) -> String {
        let model = from_json(&self.body).ok();
        let text = model.and_then(|model| rebac::dsl::print(&model).ok());
        text.unwrap_or_else(|| format!("{:#}", self.body))
    }
}

/// An id behind that of the newest model: the fresh one is not where both were made in one
/// millisecond, or where the clock of whoever wrote that one is ahead.
fn following(latest: Option<ModelId>, fresh: ModelId) -> ModelId {
    let next = latest.and_then(|latest| latest.0.increment()).map(ModelId);
    next.map_or(fresh, |next| next.max(fresh))
}

fn stored(row: &ModelRow) -> Result<StoredModel> {
    let body: Value = serde_json::from_str(&row.body).map_err(|e| Error::Internal(e.into()))?;
    // Read back and written again, so that all that is answered has one form.
    let model = from_json(&body).map_err(|e| Error::Internal(e.into()))?;
    let mut body = to_json(&model);
    if let Value::Object(fields) = &mut body {
        fields.insert("id".to_owned(), Value::String(row.id.to_string()));
    }
    Ok(StoredModel { id: row.id, body })
}
