//! The life of stores.

use crate::engine::{World, on_both_engines};
use crate::tenant::{Memory, NOW, Tenant, call, call_at, model, refusal, server, writes};
use authz::{Page, Refusal};
use std::time::Duration;
use types::StoreId;

on_both_engines!(
    a_store_is_made_found_and_deleted,
    stores_are_listed_by_page_and_by_name,
    nothing_of_a_deleted_store_is_left_to_ask,
    stores_do_not_see_each_other,
);

const MODEL: &str = "
model
  schema 1.1
type user
type doc
  relations
    define viewer: [user]
";

async fn a_store_is_made_found_and_deleted(world: World) {
    let authz = server(&world, Memory::None);
    let made = authz.create_store(&call(), "shop").await.unwrap();
    assert_eq!(made.name, "shop");
    assert_eq!((made.created_at, made.updated_at), (NOW, NOW));
    assert_eq!(authz.find_store(&call(), made.id).await.unwrap(), made);
    assert!(authz.delete_store(&call(), made.id).await.unwrap());
    let gone = refusal(authz.find_store(&call(), made.id).await);
    assert_eq!(gone, Refusal::StoreNotFound);
    assert!(!authz.delete_store(&call(), made.id).await.unwrap());
}

async fn stores_are_listed_by_page_and_by_name(world: World) {
    let authz = server(&world, Memory::None);
    let mut made = Vec::new();
    for number in 0..5 {
        let later = call_at(NOW + Duration::from_secs(number));
        let name = ["even", "odd"][usize::try_from(number % 2).unwrap()];
        made.push(authz.create_store(&later, name).await.unwrap().id);
    }
    let odd = [made[1], made[3]];
    assert!(authz.delete_store(&call(), made[2]).await.unwrap());
    made.remove(2);
    assert_eq!(pages(&authz, None, 2).await, [&made[..2], &made[2..]]);
    assert_eq!(pages(&authz, None, 4).await, [&made[..]]);
    assert_eq!(pages(&authz, Some("odd"), 1).await, [[odd[0]], [odd[1]]]);
    assert_eq!(pages(&authz, Some("od"), 9).await, [[]; 1]);
}

/// The ids on all pages.
async fn pages(authz: &authz::Authz, name: Option<&str>, size: usize) -> Vec<Vec<StoreId>> {
    let (mut pages, mut after) = (Vec::new(), None);
    loop {
        let page = Page { size, after };
        let page = authz.list_stores(&call(), name, page).await.unwrap();
        pages.push(page.items.iter().map(|store| store.id).collect());
        after = page.next;
        if after.is_none() {
            return pages;
        }
    }
}

async fn nothing_of_a_deleted_store_is_left_to_ask(world: World) {
    let tenant = Tenant::open(&world, Memory::None, MODEL).await;
    let model_id = tenant.model(MODEL).await;
    tenant.write(&["doc:1#viewer@user:ann"]).await;
    assert!(tenant.check("doc:1#viewer@user:ann").await);
    let Tenant { authz, id, .. } = &tenant;
    assert!(authz.delete_store(&call(), *id).await.unwrap());

    let asked = tenant.try_check(&call(), "doc:1#viewer@user:ann").await;
    assert_eq!(refusal(asked), Refusal::NoModel);
    let written = tenant.try_write(writes(&["doc:2#viewer@user:ann"])).await;
    assert_eq!(refusal(written), Refusal::NoModel);
    let written = authz.write_model(&call(), *id, model(MODEL)).await;
    assert_eq!(refusal(written), Refusal::StoreNotFound);
    let found = authz.find_model(&call(), *id, model_id).await;
    assert_eq!(refusal(found), Refusal::ModelNotFound(model_id));
    assert_eq!(tenant.tuples().await, [""; 0]);
    let page = Page {
        size: 9,
        after: None,
    };
    let changes = authz
        .changes(&call(), *id, authz::reading::ChangeFilter::default(), page)
        .await
        .unwrap();
    assert_eq!((changes.items, changes.next), (Vec::new(), None));
}

async fn stores_do_not_see_each_other(world: World) {
    let one = Tenant::open(&world, Memory::None, MODEL).await;
    let made = one.authz.create_store(&call(), "other").await.unwrap();
    let other = Tenant {
        id: made.id,
        ..one.clone()
    };
    let other_model = other.model(MODEL).await;
    one.write(&["doc:1#viewer@user:ann"]).await;
    other.write(&["doc:2#viewer@user:ann"]).await;
    assert_eq!(one.tuples().await, ["doc:1#viewer@user:ann"]);
    assert!(one.check("doc:1#viewer@user:ann").await);
    assert!(!one.check("doc:2#viewer@user:ann").await);
    assert!(!other.check("doc:1#viewer@user:ann").await);
    assert_eq!(other.objects("user:ann", "viewer", "doc").await, ["doc:2"]);
    // A model of another store is none of this one.
    let asked = one.authz.model_of(&call(), one.of_model(other_model)).await;
    assert_eq!(refusal(asked), Refusal::ModelNotFound(other_model));
}
