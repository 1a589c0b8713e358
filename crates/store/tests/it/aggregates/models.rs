//! Models of stores, and the assertions beside them.

use super::stores::stored;
use crate::engine::World;
use crate::people::NOW;
use store::store_models::{self, ModelRow};
use store::{Error, store_assertions};
use types::{ModelId, SystemEntropy, Time};

/// JSON whose spaces, order and numbers a database would like to change.
const BODY: &str = r#"{ "z" : 1.0, "a":[1e2,"\u00e4","\u0061"],  "a": null }"#;

fn model_id(at: i64) -> ModelId {
    ModelId::fresh(Time(NOW.0 + at * 1_000), &SystemEntropy)
}

async fn insert(world: &World, store: i64, id: ModelId, body: &str) -> store::Result<()> {
    let mut tx = world.db().begin().await?;
    store_models::insert(&mut tx, store, id, "1.1", body, NOW);
    tx.commit().await
}

pub(super) async fn model_returns_as_it_was_written(world: &World) {
    let (store, other) = (stored(world).await, stored(world).await);
    let id = model_id(0);
    insert(world, store, id, BODY).await.unwrap();
    let expected = ModelRow {
        id,
        body: BODY.to_owned(),
        created_at: NOW,
    };
    let db = &mut world.db();
    let found = store_models::find(db, store, id).await.unwrap();
    assert_eq!(found, Some(expected));
    assert_eq!(store_models::find(db, other, id).await.unwrap(), None);
    let missing = store_models::find(db, store, model_id(0)).await.unwrap();
    assert_eq!(missing, None);
    let again = insert(world, store, id, "{}").await.unwrap_err();
    let key = "store_models.store, store_models.id";
    assert!(again.is_duplicate(key), "{again:?}");
    insert(world, other, id, "{}").await.unwrap();
    insert(world, store, model_id(0), "{").await.unwrap_err();
}

pub(super) async fn models_are_listed_newest_first(world: &World) {
    let (store, other) = (stored(world).await, stored(world).await);
    let db = &mut world.db();
    assert_eq!(store_models::latest(db, store).await.unwrap(), None);
    assert_eq!(store_models::latest_id(db, store).await.unwrap(), None);
    let ids: Vec<_> = (0..5).map(model_id).collect();
    for place in [3, 0, 4, 1, 2] {
        insert(world, store, ids[place], BODY).await.unwrap();
    }
    insert(world, other, model_id(9), BODY).await.unwrap();
    let latest = store_models::latest(db, store).await.unwrap();
    assert_eq!(latest.map(|model| model.id), Some(ids[4]));
    let latest = store_models::latest_id(db, store).await.unwrap();
    assert_eq!(latest, Some(ids[4]));
    let (mut pages, mut before) = (Vec::new(), None);
    loop {
        let page = store_models::list(db, store, before, 2).await.unwrap();
        let Some(last) = page.last() else {
            break;
        };
        before = Some(last.id);
        pages.push(page.into_iter().map(|model| model.id).collect::<Vec<_>>());
    }
    assert_eq!(
        pages,
        [vec![ids[4], ids[3]], vec![ids[2], ids[1]], vec![ids[0]]]
    );
}

pub(super) async fn assertions_replace_each_other(world: &World) {
    let (store, other) = (stored(world).await, stored(world).await);
    let id = model_id(0);
    let db = &mut world.db();
    assert_eq!(store_assertions::find(db, store, id).await.unwrap(), None);
    for body in ["[ 1 ]", BODY] {
        let mut tx = world.db().begin().await.unwrap();
        store_assertions::put(&mut tx, store, id, body);
        tx.commit().await.unwrap();
        let found = store_assertions::find(db, store, id).await.unwrap();
        assert_eq!(found.as_deref(), Some(body));
    }
    assert_eq!(store_assertions::find(db, other, id).await.unwrap(), None);
    let other_model = store_assertions::find(db, store, model_id(0)).await;
    assert_eq!(other_model.unwrap(), None);
    let mut tx = world.db().begin().await.unwrap();
    store_assertions::put(&mut tx, store, id, "no JSON");
    let refused = tx.commit().await.unwrap_err();
    assert!(!matches!(refused, Error::Unavailable(_)), "{refused:?}");
}
