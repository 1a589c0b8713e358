//! That an answer says so where an emergency access has changed it, and only there.

use super::super::{delete, get, post, send, text};
use super::{World, world};
use crate::app::Engine;
use crate::engines::on_both_engines;
use serde_json::{Value as Json, json};
use testkit::http::Request;
use uuid::Uuid;

on_both_engines!(
    every_answer_that_it_changed_says_so,
    answers_that_it_did_not_change_do_not,
    what_is_not_there_is_not_told_by_it,
    what_one_of_ones_own_names_is_said_to_be_told,
);

/// Asks whatever tells something of the generation of a world, and collects what is said of the
/// emergency, by who says it.
async fn said(world: &World, media: Uuid, status: u16) -> Vec<(&'static str, Json)> {
    let (site, token, id) = (&world.site, &world.helper.token, &world.generation);
    let changed = json!({ "completed": false });
    let changing = send(
        "PATCH",
        &format!("/authz/resources/generation/{id}"),
        token,
        &changed,
    );
    let path = format!("/authz/resources/generation/{id}");
    let provenance = get(&format!("{path}/provenance"), token);
    let all = post(
        "/authz/authorize/permissions",
        token,
        &json!({ "type": "generation", "id": id }),
    );
    let all = site.told(all, 200).await;
    let of_media = json!({ "media_id": media, "permission": "view" });
    let signed = site.told(post("/media/sign", token, &of_media), 201).await;
    let link = text(&signed["token"]);
    let opened = get(&format!("/media/{link}"), token);
    let verifying = Request::get("/api/v1/media/verify").header("claviger-media-token", &link);
    let verified = site.send(verifying).await;
    assert_eq!(verified.status, 204);
    let header = verified.header("claviger-emergency");
    let visible = get("/authz/visible?type=generation", token);
    let visible = site.told(visible, 200).await;
    let seen = visible["items"].as_array().expect("a list").iter();
    let seen = seen
        .filter(|one| one["id"] == **id)
        .map(|one| &one["emergency"]);
    let to_keep = json!({ "media_id": media, "permission": "download" });
    let to_keep = site.send(post("/media/sign", token, &to_keep)).await;
    vec![
        (
            "a link refused",
            json!(to_keep.status == 403 && to_keep.json()["emergency"] == true),
        ),
        ("a decision", world.may("view").await["emergency"].clone()),
        ("a denial", world.may("edit").await["emergency"].clone()),
        ("all permissions", all["items"][0]["emergency"].clone()),
        (
            "a view",
            site.told(get(&path, token), 200).await["emergency"].clone(),
        ),
        (
            "provenance",
            site.told(provenance, 200).await["emergency"].clone(),
        ),
        ("a list", seen.cloned().collect()),
        ("a link signed", signed["emergency"].clone()),
        (
            "a link opened",
            site.told(opened, 200).await["emergency"].clone(),
        ),
        ("a proxy", json!(header == "true")),
        (
            "a refusal",
            json!(site.told(changing, status).await["emergency"] == true),
        ),
    ]
}

/// Asks them all, and compares.
async fn all_say(world: &World, media: Uuid, is_emergency: bool) {
    for (who, emergency) in said(world, media, 403).await {
        let expected = if who == "a list" {
            json!([is_emergency])
        } else {
            json!(is_emergency)
        };
        assert_eq!(emergency, expected, "{who}");
    }
}

/// How often it is written down that an emergency access was used.
async fn uses(world: &World) -> usize {
    let used = "SELECT CAST(detail AS TEXT) FROM events WHERE event = 'emergency.used'";
    let used = world.site.texts(used).await;
    let names_what = |one: &String| one.contains("generation:") || one.contains("media:");
    assert!(used.iter().all(names_what), "{used:?}");
    used.len()
}

async fn every_answer_that_it_changed_says_so(engine: Engine) {
    let Some(world) = world(engine).await else {
        return;
    };
    let generation = Uuid::parse_str(&world.generation).expect("an id");
    let media = world.site.media(&world.owner, generation).await;
    world.approved(20).await;
    // Of what is the user's own nothing is said, on the same page.
    let own = world.site.generation(&world.helper, None).await;
    all_say(&world, media, true).await;
    assert_eq!(uses(&world).await, 8, "a denial and a refusal use nothing");
    let visible = get("/authz/visible?type=generation", &world.helper.token);
    let visible = world.site.told(visible, 200).await;
    let items = visible["items"].as_array().expect("a list");
    let own = json!({ "type": "generation", "id": own, "emergency": false });
    assert_eq!(items.len(), 2, "{visible}");
    assert!(items.contains(&own), "{visible}");
}

async fn answers_that_it_did_not_change_do_not(engine: Engine) {
    let Some(world) = world(engine).await else {
        return;
    };
    let generation = Uuid::parse_str(&world.generation).expect("an id");
    let media = world.site.media(&world.owner, generation).await;
    world.approved(20).await;
    let (project, helper) = (&world.project, &world.helper.id);
    let grant = format!("/authz/resources/project/{project}/grants/{helper}");
    let grant = send(
        "PUT",
        &grant,
        &world.owner.token,
        &json!({ "level": "read" }),
    );
    world.site.told(grant, 204).await;
    all_say(&world, media, false).await;
    assert_eq!(uses(&world).await, 0);
}

async fn what_is_not_there_is_not_told_by_it(engine: Engine) {
    let Some(world) = world(engine).await else {
        return;
    };
    let (site, helper) = (&world.site, &world.helper);
    let mut body = world.body(30);
    body["type"] = json!("project");
    body["id"] = json!(world.project);
    let asked = post("/authz/emergency", &world.asking.token, &body);
    let id = text(&site.told(asked, 201).await["id"]);
    let leave = |project: &str| {
        let path = format!("/authz/resources/project/{project}/grants/{}", helper.id);
        delete(&path, &helper.token)
    };
    let hidden = site.told(leave(&world.project), 404).await["detail"].clone();
    site.told(
        super::super::act(&id, "approve", &world.approving.token),
        200,
    )
    .await;
    let shown = site.told(leave(&world.project), 404).await["detail"].clone();
    assert_eq!(shown, hidden);
}

/// A parent and a project that only an emergency access shows are told with what is one's own.
async fn what_one_of_ones_own_names_is_said_to_be_told(engine: Engine) {
    let Some(world) = world(engine).await else {
        return;
    };
    let site = &world.site;
    let own = super::super::fresh();
    site.change(
        &world.owner,
        &format!("project/{}", world.project),
        json!({ "visibility": "public" }),
    )
    .await;
    let body = json!({ "type": "generation", "id": own, "parent_id": world.generation });
    site.register(&world.helper.token, &body).await;
    let (path, token) = (
        format!("/authz/resources/generation/{own}"),
        &world.helper.token,
    );
    let open = site.told(get(&path, token), 200).await;
    assert_eq!(
        (&open["parent_id"], &open["emergency"]),
        (&json!(world.generation), &json!(false))
    );
    site.change(
        &world.owner,
        &format!("project/{}", world.project),
        json!({ "visibility": "private" }),
    )
    .await;
    let hidden = site.told(get(&path, token), 200).await;
    assert_eq!(
        (&hidden["parent_id"], &hidden["emergency"]),
        (&Json::Null, &json!(false))
    );
    world.approved(20).await;
    let told = site.told(get(&path, token), 200).await;
    assert_eq!(
        (&told["parent_id"], &told["emergency"]),
        (&json!(world.generation), &json!(true))
    );
    let provenance = site
        .told(get(&format!("{path}/provenance"), token), 200)
        .await;
    let parent = json!({ "depth": 1, "id": world.generation, "emergency": true });
    assert_eq!(provenance, json!({ "items": [parent], "emergency": false }));
}
