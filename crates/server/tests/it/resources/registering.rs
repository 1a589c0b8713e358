//! Resources come in by registration, and are shown to whoever may know of them.

use super::{Site, fresh, get, post, send, text};
use crate::app::Engine;
use crate::engines::on_both_engines;
use serde_json::json;
use uuid::Uuid;

on_both_engines!(
    a_resource_is_registered_once_and_shown_to_its_owner,
    what_a_kind_has_not_is_refused,
    a_style_stack_is_its_owners_or_everybodys,
    content_needs_a_right_to_its_project,
    a_batch_is_registered_as_a_whole,
    a_service_registers_for_whom_it_names,
    bad_requests_say_what_is_wrong,
    whoever_may_know_of_a_resource_sees_no_more_than_that,
);

async fn a_resource_is_registered_once_and_shown_to_its_owner(engine: Engine) {
    let Some(site) = Site::open(engine).await else {
        return;
    };
    let (ann, bob) = (site.sign_up("ann").await, site.sign_up("bob").await);
    let project = site.project(&ann, "private").await;
    let body = json!({ "type": "project", "id": project });
    for who in [&ann, &bob] {
        let again = site
            .refused(post("/authz/resources", &who.token, &body), 409)
            .await;
        assert_eq!(again, "already_registered");
    }
    let path = format!("/authz/resources/project/{project}");
    let shown = site.told(get(&path, &ann.token), 200).await;
    assert_eq!(shown["owner_id"], json!(ann.id));
    assert_eq!(shown["visibility"], "private");
    assert_eq!(shown["privacy"]["allow_generation_improvements"], true);
    assert_eq!(
        (&shown["teams"], &shown["grants"]),
        (&json!([]), &json!([]))
    );
    assert_eq!(site.refused(get(&path, &bob.token), 404).await, "not_found");
    let nobodys = format!("/authz/resources/project/{}", fresh());
    assert_eq!(
        site.refused(get(&nobodys, &ann.token), 404).await,
        "not_found"
    );
    assert_eq!(
        site.refused(get(&nobodys, &site.secret), 404).await,
        "not_found"
    );
    assert_eq!(
        site.refused(get(&path, "no-token"), 401).await,
        "unauthenticated"
    );
    assert_eq!(site.events().await, ["resource.registered"]);
}

async fn what_a_kind_has_not_is_refused(engine: Engine) {
    let Some(site) = Site::open(engine).await else {
        return;
    };
    let ann = site.sign_up("ann").await;
    let id = fresh();
    let refused = [
        json!({ "type": "project", "id": id, "project_id": id }),
        json!({ "type": "project", "id": id, "completed": false }),
        json!({ "type": "generation", "id": id, "visibility": "public" }),
        json!({ "type": "generation", "id": id, "generation_id": id }),
        json!({ "type": "media", "id": id }),
        json!({ "type": "style_stack", "id": id, "visibility": "team-only" }),
        json!({ "type": "team", "id": id }),
        json!({ "type": "user", "id": id }),
    ];
    for body in refused {
        let code = site
            .refused(post("/authz/resources", &ann.token, &body), 422)
            .await;
        assert_eq!(code, "invalid_request", "{body}");
    }
    assert_eq!(site.events().await, [""; 0]);
}

async fn a_style_stack_is_its_owners_or_everybodys(engine: Engine) {
    let Some(site) = Site::open(engine).await else {
        return;
    };
    let (ann, bob) = (site.sign_up("ann").await, site.sign_up("bob").await);
    let id = fresh();
    let stack = format!("style_stack:{id}");
    let body = json!({ "type": "style_stack", "id": id });
    site.register(&ann.token, &body).await;
    assert_eq!(site.method(&ann, "edit", &stack).await, "direct_ownership");
    assert_eq!(site.method(&bob, "view", &stack).await, "");
    let path = format!("style_stack/{id}");
    site.change(&ann, &path, json!({ "visibility": "public" }))
        .await;
    assert_eq!(site.method(&bob, "view", &stack).await, "public_access");
    assert_eq!(site.method(&bob, "edit", &stack).await, "");
}

async fn content_needs_a_right_to_its_project(engine: Engine) {
    let Some(site) = Site::open(engine).await else {
        return;
    };
    let (ann, bob) = (site.sign_up("ann").await, site.sign_up("bob").await);
    let (hidden, public) = (
        site.project(&ann, "private").await,
        site.project(&ann, "public").await,
    );
    let id = fresh();
    let into = |project: Uuid| json!({ "type": "generation", "id": id, "project_id": project });
    let register = |project| post("/authz/resources", &bob.token, &into(project));
    assert_eq!(site.refused(register(hidden), 404).await, "not_found");
    assert_eq!(site.refused(register(public), 403).await, "forbidden");
    assert_eq!(site.refused(register(fresh()), 404).await, "not_found");
    let generation = site.generation(&ann, Some(public)).await;
    let file = json!({ "type": "media", "id": id, "generation_id": generation });
    let refused = post("/authz/resources", &bob.token, &file);
    assert_eq!(
        site.refused(refused, 403).await,
        "forbidden",
        "who looks at it adds no files"
    );
    let team = json!({ "type": "generation", "id": id, "team_id": site.team(&ann).await });
    let refused = post("/authz/resources", &bob.token, &team);
    assert_eq!(
        site.refused(refused, 404).await,
        "not_found",
        "not a team of theirs"
    );
}

async fn a_batch_is_registered_as_a_whole(engine: Engine) {
    let Some(site) = Site::open(engine).await else {
        return;
    };
    let ann = site.sign_up("ann").await;
    let project = site.project(&ann, "private").await;
    let ids: Vec<_> = (0..100).map(|_| fresh()).collect();
    let generation = |id: &Uuid| json!({ "type": "generation", "id": id, "project_id": project });
    let batch = |resources: Vec<_>| {
        post(
            "/authz/resources/batch",
            &ann.token,
            &json!({ "resources": resources }),
        )
    };
    let mut last_known: Vec<_> = ids.iter().map(generation).collect();
    let known = site.project(&ann, "private").await;
    last_known[99] = json!({ "type": "project", "id": known });
    assert_eq!(
        site.refused(batch(last_known), 409).await,
        "already_registered"
    );
    assert_eq!(
        site.method(&ann, "view", &format!("generation:{}", ids[0]))
            .await,
        ""
    );
    let made = site
        .told(batch(ids.iter().map(generation).collect()), 201)
        .await;
    assert_eq!(made["items"].as_array().map(Vec::len), Some(100));
    let last = format!("generation:{}", ids[99]);
    assert_eq!(site.method(&ann, "delete", &last).await, "direct_ownership");
    let twice = vec![generation(&Uuid::from_u128(7)); 2];
    assert_eq!(site.refused(batch(twice), 409).await, "already_registered");
    let child = json!({ "type": "media", "id": fresh(), "generation_id": Uuid::from_u128(8) });
    let resting = vec![generation(&Uuid::from_u128(8)), child];
    assert_eq!(site.refused(batch(resting), 422).await, "invalid_request");
    assert_eq!(
        site.refused(batch(Vec::new()), 422).await,
        "invalid_request"
    );
    let many: Vec<_> = (0..101).map(|_| generation(&fresh())).collect();
    assert_eq!(site.refused(batch(many), 422).await, "invalid_request");
}

async fn a_service_registers_for_whom_it_names(engine: Engine) {
    let Some(site) = Site::open(engine).await else {
        return;
    };
    let (ann, bob) = (site.sign_up("ann").await, site.sign_up("bob").await);
    let id = fresh();
    let body = |owner: Option<&str>| json!({ "type": "project", "id": id, "owner_id": owner });
    let register = |key: &str, owner| post("/authz/resources", key, &body(owner));
    let key = site.secret.as_str();
    assert_eq!(
        site.refused(register(key, None), 422).await,
        "invalid_request"
    );
    let nobody = fresh().to_string();
    assert_eq!(
        site.refused(register(key, Some(&nobody)), 422).await,
        "invalid_request"
    );
    let for_another = register(&bob.token, Some(&ann.id));
    assert_eq!(site.refused(for_another, 403).await, "service_only");
    site.told(register(key, Some(&ann.id)), 201).await;
    let resource = format!("project:{id}");
    assert_eq!(
        site.method(&ann, "share", &resource).await,
        "direct_ownership"
    );
    assert_eq!(site.method(&bob, "view", &resource).await, "");
}

async fn bad_requests_say_what_is_wrong(engine: Engine) {
    let Some(site) = Site::open(engine).await else {
        return;
    };
    let ann = site.sign_up("ann").await;
    let raw = |body: &str| {
        let request = post("/authz/resources", &ann.token, &json!({}));
        request.body(body.as_bytes().to_vec())
    };
    assert_eq!(site.refused(raw("{"), 400).await, "invalid_json");
    for (body, named) in [
        ("[]", "body"),
        (r#"{"type":"project"}"#, "id"),
        (r#"{"type":"project","id":"x"}"#, "id is not a UUID"),
        (r#"{"type":"project","id":"0","more":1}"#, "more"),
        (
            r#"{"type":"project","type":"project","id":"0"}"#,
            "duplicate",
        ),
        (
            r#"{"type":"Project","id":"00000000-0000-0000-0000-000000000000"}"#,
            "project, generation",
        ),
    ] {
        let told = site.told(raw(body), 422).await;
        assert!(text(&told["detail"]).contains(named), "{body}: {told}");
        assert_eq!(told["status_code"], 422);
        assert!(!text(&told["request_id"]).is_empty());
    }
    let nowhere = get("/authz/nowhere", &ann.token);
    assert_eq!(site.refused(nowhere, 404).await, "no_such_path");
    let method = send("PUT", "/authz/authorize", &ann.token, &json!({}));
    assert_eq!(site.refused(method, 405).await, "method_not_allowed");
}

async fn whoever_may_know_of_a_resource_sees_no_more_than_that(engine: Engine) {
    let Some(site) = Site::open(engine).await else {
        return;
    };
    let (ann, bob) = (site.sign_up("ann").await, site.sign_up("bob").await);
    let project = site.project(&ann, "public").await;
    let generation = site.generation(&ann, Some(project)).await;
    let shown = |path: String| site.told(get(&path, &bob.token), 200);
    let seen = shown(format!("/authz/resources/project/{project}")).await;
    assert!(seen["privacy"].is_null() && seen["grants"].is_null() && seen["teams"].is_null());
    let of = format!("/authz/resources/generation/{generation}");
    assert_eq!(shown(of.clone()).await["owner_id"], json!(ann.id));
    let privacy = json!({ "allow_generation_attribution": false, "hide_from_other_teams": false });
    let path = format!("/authz/resources/project/{project}/privacy");
    site.told(send("PUT", &path, &ann.token, &privacy), 200)
        .await;
    assert!(
        shown(of.clone()).await["owner_id"].is_null(),
        "its author is hidden"
    );
    let media = site.media(&ann, generation).await;
    let file = shown(format!("/authz/resources/media/{media}")).await;
    assert!(file["owner_id"].is_null(), "nor is it told by its file");
    let own = site.told(get(&of, &ann.token), 200).await;
    assert_eq!(own["owner_id"], json!(ann.id), "from all but the author");
    let seen = shown(format!("/authz/resources/project/{project}")).await;
    assert_eq!(seen["teams"], json!([]), "teams are shown now");
    let refused = site
        .refused(send("PUT", &path, &bob.token, &privacy), 403)
        .await;
    assert_eq!(refused, "forbidden");
}
