//! Where generations come from; what parents never give.

use super::{Person, Site, fresh, get, post, send};
use crate::app::Engine;
use crate::engines::on_both_engines;
use serde_json::{Value as Json, json};
use uuid::Uuid;

on_both_engines!(
    parents_give_nothing_and_take_nothing,
    chains_are_short_and_have_no_cycles,
    ancestors_that_may_not_be_seen_have_no_name,
);

async fn child(site: &Site, who: &Person, parent: Uuid, project: Option<Uuid>) -> Uuid {
    let id = fresh();
    let body =
        json!({ "type": "generation", "id": id, "parent_id": parent, "project_id": project });
    site.register(&who.token, &body).await;
    id
}

fn derive(who: &Person, id: Uuid, parent: Uuid) -> testkit::http::Request {
    let body = json!({ "type": "generation", "id": id, "parent_id": parent });
    post("/authz/resources", &who.token, &body)
}

async fn parents_give_nothing_and_take_nothing(engine: Engine) {
    let Some(site) = Site::open(engine).await else {
        return;
    };
    let (ann, bob) = (site.sign_up("ann").await, site.sign_up("bob").await);
    let public = site.project(&ann, "public").await;
    let parent = site.generation(&ann, Some(public)).await;
    let hidden = child(&site, &ann, parent, None).await;
    assert_eq!(
        site.method(&bob, "view", &format!("generation:{parent}"))
            .await,
        "public_access"
    );
    assert_eq!(
        site.method(&bob, "view", &format!("generation:{hidden}"))
            .await,
        ""
    );
    let of_bob = child(&site, &bob, parent, None).await;
    let of_bob = format!("generation:{of_bob}");
    assert_eq!(
        site.method(&ann, "view", &of_bob).await,
        "",
        "a parent's owner is a stranger"
    );
    site.change(
        &ann,
        &format!("project/{public}"),
        json!({ "visibility": "private" }),
    )
    .await;
    assert_eq!(site.method(&bob, "edit", &of_bob).await, "direct_ownership");
    let privacy = json!({ "allow_generation_improvements": false });
    site.change(
        &ann,
        &format!("project/{public}"),
        json!({ "visibility": "public" }),
    )
    .await;
    let path = format!("/authz/resources/project/{public}/privacy");
    site.told(send("PUT", &path, &ann.token, &privacy), 200)
        .await;
    assert_eq!(
        site.refused(derive(&bob, fresh(), parent), 403).await,
        "forbidden"
    );
    assert_eq!(
        site.refused(derive(&bob, fresh(), hidden), 404).await,
        "not_found"
    );
}

async fn chains_are_short_and_have_no_cycles(engine: Engine) {
    let Some(site) = Site::open(engine).await else {
        return;
    };
    let ann = site.sign_up("ann").await;
    let own = fresh();
    let told = site.told(derive(&ann, own, own), 422).await;
    assert_eq!(told["field"], "parent_id");
    let one = site.generation(&ann, None).await;
    let two = child(&site, &ann, one, None).await;
    let three = child(&site, &ann, two, None).await;
    let four = child(&site, &ann, three, None).await;
    assert_eq!(
        site.refused(derive(&ann, fresh(), four), 422).await,
        "invalid_request"
    );
    let path = format!("/authz/resources/generation/{one}");
    let closing = send("PATCH", &path, &ann.token, &json!({ "parent_id": four }));
    assert_eq!(
        site.refused(closing, 422).await,
        "invalid_request",
        "no cycle is closed"
    );
    let provenance = get(
        &format!("/authz/resources/generation/{four}/provenance"),
        &ann.token,
    );
    let told = site.told(provenance, 200).await;
    let above = [(1, three), (2, two), (3, one)];
    let above = above.map(|(depth, id)| json!({ "depth": depth, "id": id, "emergency": false }));
    assert_eq!(told["items"], json!(above));
    site.change(
        &ann,
        &format!("generation/{three}"),
        json!({ "parent_id": null }),
    )
    .await;
    let provenance = get(
        &format!("/authz/resources/generation/{four}/provenance"),
        &ann.token,
    );
    let told = site.told(provenance, 200).await;
    assert_eq!(
        told["items"],
        json!([{ "depth": 1, "id": three, "emergency": false }])
    );
    // A cycle that came in by another door ends all the same.
    let expires = "UPDATE store_tuples SET subject_id = '{two}' WHERE relation = 'parent'";
    site.script(&expires.replace("{two}", &two.to_string()))
        .await;
    let provenance = get(
        &format!("/authz/resources/generation/{two}/provenance"),
        &ann.token,
    );
    assert_eq!(site.told(provenance, 200).await["items"], json!([]));
    let view = site
        .method(&ann, "view", &format!("generation:{two}"))
        .await;
    assert_eq!(view, "direct_ownership");
}

async fn ancestors_that_may_not_be_seen_have_no_name(engine: Engine) {
    let Some(site) = Site::open(engine).await else {
        return;
    };
    let (ann, bob) = (site.sign_up("ann").await, site.sign_up("bob").await);
    let public = site.project(&ann, "public").await;
    let first = site.generation(&ann, Some(public)).await;
    let hidden = child(&site, &ann, first, None).await;
    let shown = child(&site, &ann, hidden, Some(public)).await;
    let path = format!("/authz/resources/generation/{shown}/provenance");
    let told = site.told(get(&path, &bob.token), 200).await;
    assert_eq!(
        told["items"],
        json!([{ "depth": 1, "id": Json::Null, "emergency": false }, { "depth": 2, "id": first, "emergency": false }])
    );
    let seen = get(&format!("/authz/resources/generation/{shown}"), &bob.token);
    let seen = site.told(seen, 200).await;
    assert_eq!(
        (&seen["parent_id"], &seen["project_id"]),
        (&Json::Null, &json!(public))
    );
    let of_hidden = format!("/authz/resources/generation/{hidden}/provenance");
    assert_eq!(
        site.refused(get(&of_hidden, &bob.token), 404).await,
        "not_found"
    );
    assert_eq!(
        site.refused(get(&of_hidden, ""), 401).await,
        "unauthenticated"
    );
}
