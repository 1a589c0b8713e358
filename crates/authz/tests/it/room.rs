//! The memory that stores may take together: what grows out of it leaves, and is answered as
//! before.

use crate::engine::{World, eventually, on_both_engines};
use crate::tenant::{Memory, Tenant, call};
use authz::{Authz, Settings};
use std::sync::Arc;
use types::{StoreId, SystemClock, SystemEntropy};

on_both_engines!(
    a_store_that_outgrows_its_room_leaves,
    stores_share_one_room,
    what_is_loaded_for_one_question_is_limited,
    a_list_that_cannot_be_whole_has_what_was_found,
    a_list_of_thousands_needs_no_memory,
);

const MODEL: &str = "
model
  schema 1.1
type user
type group
  relations
    define member: [user, group#member]
type doc
  relations
    define viewer: [user, group#member]
";

/// A server whose stores have this much room.
fn server(world: &World, resident_bytes_max: u64) -> Authz {
    let settings = Settings {
        resident_bytes_max,
        ..Settings::default()
    };
    let (clock, entropy) = (Arc::new(SystemClock), Arc::new(SystemEntropy));
    Authz::new(world.another_store(), clock, entropy, settings)
}

async fn tenant(authz: &Authz) -> Tenant {
    let id: StoreId = authz.create_store(&call(), "shop").await.unwrap().id;
    let tenant = Tenant {
        authz: authz.clone(),
        id,
        memory: Memory::Whole,
    };
    tenant.model(MODEL).await;
    tenant
}

async fn import(tenant: &Tenant, texts: &[String]) {
    let tuples: Vec<_> = texts
        .iter()
        .map(|text| crate::tenant::tuple(text))
        .collect();
    let author = store::tuples::Author {
        actor: "test".to_owned(),
        reason: None,
    };
    let call = call();
    let stored = tenant
        .authz
        .import(&call, tenant.id, &tuples, &author, |_| {});
    stored.await.unwrap();
}

fn viewers(of: &str, count: usize) -> Vec<String> {
    let viewer = |number| format!("doc:{of}{number}#viewer@user:{of}{number}");
    (0..count).map(viewer).collect()
}

async fn a_store_that_outgrows_its_room_leaves(world: World) {
    let authz = server(&world, 100_000);
    let tenant = tenant(&authz).await;
    tenant.write_many(&viewers("a", 10)).await;
    tenant.settle().await;
    // Each takes more than fifty bytes.
    tenant.write_many(&viewers("b", 2_000)).await;
    assert_eq!(authz.version_in_memory(tenant.id), None);
    assert!(tenant.check("doc:a3#viewer@user:a3").await);
    assert!(tenant.check("doc:b1999#viewer@user:b1999").await);
    assert!(!tenant.check("doc:b1999#viewer@user:b1998").await);
    tenant.delete(&["doc:b1999#viewer@user:b1999"]).await;
    assert!(!tenant.check("doc:b1999#viewer@user:b1999").await);
}

async fn stores_share_one_room(world: World) {
    let authz = server(&world, 250_000);
    let (one, other) = (tenant(&authz).await, tenant(&authz).await);
    one.write_many(&viewers("a", 1_000)).await;
    one.settle().await;
    other.write_many(&viewers("b", 10)).await;
    other.settle().await;
    other.write_many(&viewers("c", 3_000)).await;
    assert_eq!(authz.version_in_memory(other.id), None, "no room is left");
    assert!(
        authz.version_in_memory(one.id).is_some(),
        "who was there stays"
    );
    // What one gives back, another may take.
    authz.delete_store(&call(), one.id).await.unwrap();
    let third = tenant(&authz).await;
    third.write_many(&viewers("d", 1_500)).await;
    eventually("the store is in memory", async || {
        assert!(third.check("doc:d0#viewer@user:d0").await);
        authz.version_in_memory(third.id).is_some()
    })
    .await;
}

/// Far more groups than are looked up for one question.
async fn what_is_loaded_for_one_question_is_limited(world: World) {
    let authz = server(&world, 0);
    let tenant = tenant(&authz).await;
    let groups = (0..11_000).map(|number| format!("doc:1#viewer@group:{number}#member"));
    import(&tenant, &groups.collect::<Vec<_>>()).await;
    let refused = tenant.try_check(&call(), "doc:1#viewer@user:ann").await;
    let refused = crate::tenant::refusal(refused);
    assert!(
        matches!(refused, authz::Refusal::TooComplex(_)),
        "{refused:?}"
    );
    tenant.write(&["doc:1#viewer@user:bob"]).await;
    assert!(tenant.check("doc:1#viewer@user:bob").await, "named itself");
}

/// Groups of groups: those of the second row are too many.
async fn a_list_that_cannot_be_whole_has_what_was_found(world: World) {
    let authz = server(&world, 0);
    let tenant = tenant(&authz).await;
    let mut texts = vec!["doc:1#viewer@user:bob".to_owned()];
    for group in 0..110 {
        texts.push(format!("doc:1#viewer@group:{group}#member"));
        texts.extend((0..50).map(|n| format!("group:{group}#member@group:{group}-{n}#member")));
    }
    import(&tenant, &texts).await;
    let question = crate::tenant::users_question("doc:1", "viewer", "user");
    let listed = authz.list_users(&call(), tenant.scope(), question).await;
    let list = listed.unwrap().value;
    assert_eq!(
        (list.found, list.is_complete),
        (vec!["user:bob".to_owned()], false)
    );
}

/// Each of them is judged by what is known of itself, which is looked up for one page at a time.
async fn a_list_of_thousands_needs_no_memory(world: World) {
    let authz = server(&world, 0);
    let tenant = tenant(&authz).await;
    tenant.model(authz::access::MODEL).await;
    let mut texts = vec!["project:1#owner@user:bob".to_owned()];
    let mut expected = Vec::new();
    for number in 0..8_000 {
        texts.push(format!("generation:{number}#owner@user:ann"));
        texts.push(format!("generation:{number}#project@project:1"));
        if number % 4 == 0 {
            texts.push(format!("generation:{number}#unfinished@user:*"));
        } else {
            expected.push(format!("generation:{number}"));
        }
    }
    expected.sort_unstable();
    import(&tenant, &texts).await;
    let (mut found, mut after) = (Vec::new(), None);
    let mut pages = 0;
    loop {
        let mut question = crate::tenant::objects_question("user:bob", "can_view", "generation");
        question.after = after;
        let listed = authz.list_objects(&call(), tenant.scope(), question).await;
        let list = listed.unwrap().value;
        found.extend(list.found);
        pages += 1;
        after = list.resume_after;
        if after.is_none() {
            assert!(list.is_complete);
            break;
        }
    }
    assert_eq!(pages, 6);
    assert_eq!(found, expected);
}
