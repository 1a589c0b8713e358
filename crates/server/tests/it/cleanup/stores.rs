//! Tuples that have ended, and what deleted stores leave behind.

use super::{HOUR, Site};
use crate::app::Engine;
use authz::{Page, Write, WrittenTuple};
use store::changes::Operation;

pub(super) async fn ended_tuples_and_deleted_stores_go(engine: Engine) {
    let Some(mut site) = Site::open(engine, &[]).await else {
        return;
    };
    let (authz, call) = (site.authz.clone(), site.app.call());
    let store = authz.create_store(&call, "one").await.expect("a store").id;
    let text = "model\n  schema 1.1\ntype user\ntype doc\n  relations\n    define viewer: [user]\n";
    let (model, _) = rebac::dsl::parse(text).expect("a model");
    authz
        .write_model(&call, store, model)
        .await
        .expect("the model");
    let write = |user: &str, expires_at| Write {
        writes: vec![WrittenTuple {
            user: user.to_owned(),
            relation: "viewer".to_owned(),
            object: "doc:1".to_owned(),
            condition: None,
        }],
        expires_at,
        actor: "test".to_owned(),
        ..Write::default()
    };
    let ending = write("user:ann", Some(site.now() + HOUR));
    authz.write(&call, store, ending).await.expect("a write");
    authz
        .write(&call, store, write("user:bob", None))
        .await
        .expect("a write");
    assert_eq!(site.clean().await, 0);
    site.app.clock().advance(HOUR);
    assert_eq!(site.clean().await, 1, "the tuple has ended");
    let page = Page {
        size: 10,
        after: None,
    };
    let changes = authz
        .changes(
            &site.app.call(),
            store,
            authz::reading::ChangeFilter::default(),
            page,
        )
        .await;
    let changes = changes.expect("changes").items;
    let users = changes
        .iter()
        .map(|change| change.tuple.key.subject.to_string());
    assert_eq!(
        users.collect::<Vec<_>>(),
        ["user:ann", "user:bob", "user:ann"]
    );
    assert_eq!(
        changes.last().map(|change| change.operation),
        Some(Operation::Delete)
    );
    assert!(
        authz
            .delete_store(&site.app.call(), store)
            .await
            .expect("deleted")
    );
    assert_eq!(
        site.clean().await,
        6,
        "a tuple, three changes, a model and the store"
    );
    assert_eq!(site.clean().await, 0);
}
