//! The store and the model that a server ships, as servers of several versions find them.

use crate::engine::{World, on_both_engines};
use crate::tenant::{Memory, call, model, question_of, server, tuple};
use authz::access::{Access, MODEL, MediaKey, STORE, Settings};
use authz::{Authz, CheckQuestion, Consistency, Given, Page, Scope};
use aws_lc_rs::hmac;
use tokio::task::JoinSet;
use types::ModelId;

on_both_engines!(
    a_new_version_decides_by_its_own_model,
    of_many_servers_that_start_at_once_one_writes_the_model,
);

/// A word less than in the model that ships: here an editor may change a team.
const OLDER: (&str, &str) = (
    "define at_least_admin: (owner or admin) but not inactive",
    "define at_least_admin: (owner or admin or editor) but not inactive",
);

async fn open(authz: Authz) -> Access {
    let settings = Settings {
        media_key: MediaKey::new(hmac::Key::new(hmac::HMAC_SHA256, &[1; 32])),
        site_url: "http://app.example.test".to_owned(),
        authorized_addresses: Vec::new(),
    };
    Access::open(authz, &call(), settings).await.unwrap()
}

async fn models(authz: &Authz) -> Vec<ModelId> {
    let page = Page {
        size: 100,
        after: None,
    };
    let listed = authz.list_models(&call(), STORE, page).await.unwrap();
    listed.items.into_iter().map(|model| model.id).collect()
}

/// Whether an editor may change a team.
async fn may_change(authz: &Authz, model: ModelId) -> bool {
    let scope = Scope {
        store: STORE,
        model: Some(model),
        consistency: Consistency::MinimizeLatency,
    };
    let question = CheckQuestion {
        given: Given {
            contextual: vec![tuple("team:1#editor@user:ann")],
            context: None,
        },
        ..question_of("team:1#can_update@user:ann")
    };
    let asked = authz.check(&call(), scope, question).await;
    asked.unwrap().value
}

async fn a_new_version_decides_by_its_own_model(world: World) {
    // A server of an older version has run here, and has its model in the store.
    let older = server(&world, Memory::None);
    let before = open(older).await.model();
    assert_eq!(MODEL.matches(OLDER.0).count(), 1);
    let body = rebac::to_json(&model(&MODEL.replace(OLDER.0, OLDER.1)));
    let put = format!("UPDATE store_models SET body = '{body}'");
    world.store.script(put, &call()).await.unwrap();
    let newer = server(&world, Memory::None);
    let after = open(newer.clone()).await.model();
    assert_ne!(before, after);
    // Both stay, since both may run: each asks its own.
    assert_eq!(models(&newer).await, [after, before], "the newest first");
    assert!(may_change(&newer, before).await);
    assert!(!may_change(&newer, after).await);
    // Whichever starts next finds its own.
    let again = open(server(&world, Memory::None)).await.model();
    assert_eq!(again, after);
    assert_eq!(models(&newer).await.len(), 2);
}

async fn of_many_servers_that_start_at_once_one_writes_the_model(world: World) {
    let mut starting = JoinSet::new();
    for _ in 0..8 {
        let authz = server(&world, Memory::None);
        starting.spawn(async move { open(authz).await.model() });
    }
    let found = starting.join_all().await;
    let listed = models(&server(&world, Memory::None)).await;
    assert_eq!(listed, [found[0]]);
    assert!(found.iter().all(|one| *one == found[0]), "{found:?}");
}
