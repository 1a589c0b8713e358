//! What contradicted itself in the original, and is no question to the model: one word for each
//! thing, no window, no limit on decisions.

use super::{Site, get, post, send, text};
use crate::app::Engine;
use crate::engines::on_both_engines;
use serde_json::{Value as Json, json};
use std::time::Duration;

on_both_engines!(
    there_is_one_word_for_each_visibility,
    each_thing_has_one_name,
    what_is_old_is_seen_as_ever,
    a_gallery_is_no_attack,
);

async fn there_is_one_word_for_each_visibility(engine: Engine) {
    let Some(site) = Site::open(engine).await else {
        return;
    };
    let ann = site.sign_up("ann").await;
    let project = site.project(&ann, "private").await;
    let path = format!("/authz/resources/project/{project}");
    let change = |word: &str| send("PATCH", &path, &ann.token, &json!({ "visibility": word }));
    for word in [
        "team",
        "team_only",
        "team_open",
        "team_restricted",
        "shared",
        "public_read",
        "public_full",
        "Public",
    ] {
        let told = site.told(change(word), 422).await;
        // Whoever moves here is told which word to map it to.
        let detail = text(&told["detail"]);
        assert!(detail.contains("private, team-only"), "{word}: {detail}");
    }
    for word in ["team-only", "public", "private"] {
        site.told(change(word), 204).await;
        let shown = site.told(get(&path, &ann.token), 200).await;
        assert_eq!(shown["visibility"], word);
    }
}

async fn each_thing_has_one_name(engine: Engine) {
    let Some(site) = Site::open(engine).await else {
        return;
    };
    let ann = site.sign_up("ann").await;
    let project = site.project(&ann, "private").await;
    let team = site.team(&ann).await;
    let refused = async |path: &str, body: Json, named: &str| {
        let told = site.told(post(path, &ann.token, &body), 422).await;
        let detail = text(&told["detail"]);
        assert!(detail.contains(named), "{path}: {detail}");
    };
    // The owner is `owner_id`.
    let body = json!({ "type": "project", "id": super::fresh(), "user_id": ann.id });
    refused("/authz/resources", body, "owner_id").await;
    // Whoever derives, by whatever name, wants to branch.
    for word in ["improve", "iterate", "improvement", "iteration"] {
        let body = json!({ "type": "project", "id": project, "permission": word });
        refused("/authz/authorize", body, "branch").await;
    }
    // Nobody has a role by default, and there are five of them.
    let path = format!("/teams/{team}/invitations");
    let guest = "guest@example.com";
    refused(&path, json!({ "email": guest }), "role").await;
    for word in ["user", "member", "Viewer", ""] {
        let body = json!({ "email": guest, "role": word });
        refused(&path, body, "contributor").await;
    }
    let stranger = site.sign_up("stranger").await;
    let project = format!("project:{project}");
    let answer = site.ask(&stranger, "view", &project).await;
    assert_eq!(answer["role"], Json::Null);
}

async fn what_is_old_is_seen_as_ever(engine: Engine) {
    let Some(site) = Site::open(engine).await else {
        return;
    };
    let (ann, bob) = (site.sign_up("ann").await, site.sign_up("bob").await);
    let project = site.project(&ann, "public").await;
    let generation = site.generation(&ann, Some(project)).await;
    site.advance(Duration::from_hours(400 * 24));
    let [ann, bob] = [site.sign_in(&ann).await, site.sign_in(&bob).await];
    let generation = format!("generation:{generation}");
    for (who, method) in [(&ann, "direct_ownership"), (&bob, "public_access")] {
        assert_eq!(site.method(who, "view", &generation).await, method);
        let list = get(
            "/authz/visible?type=generation&include_public=true",
            &who.token,
        );
        let list = site.told(list, 200).await;
        assert_eq!(list["items"].as_array().map(Vec::len), Some(1));
    }
}

/// More decisions than the original let anybody have in an hour, about more resources than it
/// took for honest.
async fn a_gallery_is_no_attack(engine: Engine) {
    let Some(site) = Site::open(engine).await else {
        return;
    };
    let ann = site.sign_up("ann").await;
    let mut decided = 0;
    for _ in 0..5 {
        let ids: Vec<_> = (0..100).map(|_| super::fresh()).collect();
        let resources = ids.iter();
        let resources = resources.map(|id| json!({ "type": "generation", "id": id }));
        let body = json!({ "resources": resources.collect::<Vec<_>>() });
        let made = post("/authz/resources/batch", &ann.token, &body);
        site.told(made, 201).await;
        let item = |id| json!({ "type": "generation", "id": id, "permission": "view" });
        let items: Vec<_> = ids.iter().map(item).collect();
        for _ in 0..5 {
            let page = json!({ "items": items });
            let page = post("/authz/authorize/batch", &ann.token, &page);
            let told = site.told(page, 200).await;
            let items = told["items"].as_array().expect("a list");
            assert!(items.iter().all(|one| one["granted"] == true));
            decided += items.len();
        }
    }
    assert_eq!(decided, 2_500);
}
