//! Decisions: by which path, in which role, and why not.

use super::{Person, Site, fresh, get, post, question, send, text};
use crate::app::Engine;
use crate::engines::on_both_engines;
use serde_json::{Value as Json, json};
use std::time::Duration;

on_both_engines!(
    each_path_is_named_and_the_first_counts,
    what_may_not_be_known_is_like_what_is_not_there,
    a_batch_is_answered_in_its_order,
    every_permission_of_a_resource_is_told,
    a_service_asks_about_somebody_and_that_is_written_down,
    explanations_are_told_to_those_who_administrate,
    an_answer_is_as_fresh_as_is_asked_for,
    two_resources_do_not_share_a_grant,
);

async fn each_path_is_named_and_the_first_counts(engine: Engine) {
    let Some(site) = Site::open(engine).await else {
        return;
    };
    let (ann, bob) = (site.sign_up("ann").await, site.sign_up("bob").await);
    let project = site.project(&bob, "private").await;
    let id = fresh();
    let body = json!({ "type": "generation", "id": id, "owner_id": ann.id, "project_id": project });
    site.register(&site.secret, &body).await;
    let generation = format!("generation:{id}");
    let view = async |who: &Person| site.method(who, "view", &generation).await;
    let cy = site.sign_up("cy").await;
    assert_eq!(
        (view(&ann).await, view(&bob).await),
        ("direct_ownership".into(), "project_ownership".into())
    );
    assert_eq!(view(&cy).await, "");
    let project_path = format!("project/{project}");
    site.change(&bob, &project_path, json!({ "visibility": "public" }))
        .await;
    assert_eq!(view(&cy).await, "public_access");
    let path = format!("/authz/resources/{project_path}/grants/{}", cy.id);
    site.told(
        send("PUT", &path, &bob.token, &json!({ "level": "read" })),
        204,
    )
    .await;
    assert_eq!(view(&cy).await, "project_collaboration");
    let team = site.team(&bob).await;
    site.join(&team, &bob, &cy, "viewer").await;
    site.link(&bob, project, &team, "read").await;
    assert_eq!(view(&cy).await, "team_membership");
    let download = site.method(&cy, "download", &generation).await;
    assert_eq!(
        download, "project_collaboration",
        "a viewer of the team may not"
    );
}

async fn what_may_not_be_known_is_like_what_is_not_there(engine: Engine) {
    let Some(site) = Site::open(engine).await else {
        return;
    };
    let (ann, bob) = (site.sign_up("ann").await, site.sign_up("bob").await);
    let hidden = format!("project:{}", site.project(&ann, "private").await);
    let mut hidden = site.ask(&bob, "view", &hidden).await;
    let mut nothing = site
        .ask(&bob, "view", &format!("project:{}", fresh()))
        .await;
    for answer in [&mut hidden, &mut nothing] {
        answer["id"] = Json::Null;
    }
    assert_eq!(hidden, nothing);
    assert_eq!(hidden["denial_reason"], "resource_not_found");
    let public = format!("project:{}", site.project(&ann, "public").await);
    let refused = site.ask(&bob, "edit", &public).await;
    assert_eq!(refused["denial_reason"], "permission_not_granted");
    assert_eq!(refused["role"], "viewer");
}

async fn a_batch_is_answered_in_its_order(engine: Engine) {
    let Some(site) = Site::open(engine).await else {
        return;
    };
    let (ann, bob) = (site.sign_up("ann").await, site.sign_up("bob").await);
    let own = site.generation(&ann, None).await;
    let foreign = site.generation(&bob, None).await;
    let mut items = Vec::new();
    for at in 0..100 {
        let id = if at % 3 == 0 { own } else { foreign };
        items.push(question("edit", &format!("generation:{id}")));
    }
    let batch = |items: &[Json]| {
        post(
            "/authz/authorize/batch",
            &ann.token,
            &json!({ "items": items }),
        )
    };
    let reply = site.send(batch(&items)).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    let answers = reply.json();
    let granted = answers["items"].as_array().expect("a list");
    assert_eq!(granted.len(), 100);
    for (at, answer) in granted.iter().enumerate() {
        assert_eq!(answer["granted"], json!(at % 3 == 0), "{at}");
        assert_eq!(answer["id"], items[at]["id"]);
    }
    items.push(items[0].clone());
    assert_eq!(site.refused(batch(&items), 422).await, "invalid_request");
    assert_eq!(site.refused(batch(&[]), 422).await, "invalid_request");
    let unknown = [question("fly", &format!("generation:{own}"))];
    assert_eq!(site.refused(batch(&unknown), 422).await, "invalid_request");
    let none = [question("branch", &format!("media:{own}"))];
    let told = site.told(batch(&none), 422).await;
    assert!(
        text(&told["detail"]).contains("view, download, delete"),
        "{told}"
    );
}

async fn every_permission_of_a_resource_is_told(engine: Engine) {
    let Some(site) = Site::open(engine).await else {
        return;
    };
    let (ann, bob) = (site.sign_up("ann").await, site.sign_up("bob").await);
    let project = site.project(&ann, "public").await;
    let ask = |who: &Person| {
        let body = json!({ "type": "project", "id": project });
        post("/authz/authorize/permissions", &who.token, &body)
    };
    let granted = async |who: &Person| {
        let told = site.told(ask(who), 200).await;
        let items = told["items"].as_array().expect("a list").clone();
        assert_eq!(items.len(), 7, "{told}");
        let granted = items.iter().filter(|one| one["granted"] == json!(true));
        granted
            .map(|one| text(&one["permission"]))
            .collect::<Vec<_>>()
    };
    assert_eq!(granted(&bob).await, ["view", "download"]);
    let all = [
        "view",
        "download",
        "edit",
        "contribute",
        "delete",
        "share",
        "admin",
    ];
    assert_eq!(granted(&ann).await, all);
}

async fn a_service_asks_about_somebody_and_that_is_written_down(engine: Engine) {
    let Some(site) = Site::open(engine).await else {
        return;
    };
    let (ann, bob) = (site.sign_up("ann").await, site.sign_up("bob").await);
    let project = format!("project:{}", site.project(&ann, "private").await);
    let about = |user: Option<&str>| {
        let mut body = question("share", &project);
        body["user_id"] = json!(user);
        body
    };
    let asked = |key: &str, user: Option<&str>| post("/authz/authorize", key, &about(user));
    let told = site.told(asked(&site.secret, Some(&ann.id)), 200).await;
    assert_eq!(told["access_method"], "direct_ownership");
    site.told(asked(&site.secret, Some(&bob.id)), 404).await;
    assert_eq!(
        site.refused(asked(&site.secret, None), 422).await,
        "invalid_request"
    );
    let foreign = asked(&bob.token, Some(&ann.id));
    assert_eq!(site.refused(foreign, 403).await, "service_only");
    site.told(asked(&ann.token, Some(&ann.id)), 200).await;
    let lists = get(
        &format!("/authz/visible?type=project&user_id={}", ann.id),
        &site.secret,
    );
    site.told(lists, 200).await;
    let events = site.events().await;
    assert_eq!(
        events,
        [
            "decision.asked",
            "decision.asked",
            "decision.asked",
            "resource.registered"
        ]
    );
    let details = site.texts("SELECT CAST(detail AS TEXT) FROM events").await;
    let asked = format!("share {project}");
    assert!(
        details.iter().any(|one| one.contains(&asked)),
        "{details:?}"
    );
}

async fn explanations_are_told_to_those_who_administrate(engine: Engine) {
    let Some(site) = Site::open(engine).await else {
        return;
    };
    let (ann, bob) = (site.sign_up("ann").await, site.sign_up("bob").await);
    let project = site.project(&ann, "public").await;
    let generation = format!("generation:{}", site.generation(&ann, Some(project)).await);
    let mut body = question("view", &generation);
    body["explain"] = json!(true);
    let explained = async |token: &str, body: &Json, status| {
        let told = site.told(post("/authz/authorize", token, body), status);
        told.await["explanation"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    let own = explained(&ann.token, &body, 200).await;
    assert!(own.contains("view_by_owner") && own.contains(&format!("user:{}", ann.id)));
    let of_bob = explained(&bob.token, &body, 200).await;
    assert_eq!(of_bob, "", "who shared it with whom is not for everybody");
    body["user_id"] = json!(bob.id);
    let by_service = explained(&site.secret, &body, 200).await;
    for part in [
        "view_by_public",
        &format!("project:{project}#public"),
        &format!("written by user:{}", ann.id),
    ] {
        assert!(by_service.contains(part), "{part}: {by_service}");
    }
    body["permission"] = json!("edit");
    let denied = explained(&site.secret, &body, 403).await;
    assert!(
        denied.contains("it would be allowed"),
        "what would change it: {denied}"
    );
}

async fn an_answer_is_as_fresh_as_is_asked_for(engine: Engine) {
    let Some(site) = Site::open(engine).await else {
        return;
    };
    let ann = site.sign_up("ann").await;
    let id = fresh();
    let body = json!({ "type": "project", "id": id });
    let reply = site.send(post("/authz/resources", &ann.token, &body)).await;
    let version: i64 = reply.header("claviger-version").parse().expect("a version");
    let asked = |at_least: &str| {
        let question = question("view", &format!("project:{id}"));
        post("/authz/authorize", &ann.token, &question)
            .header("Claviger-At-Least-Version", at_least)
    };
    let reply = site.send(asked(&version.to_string())).await;
    assert_eq!(
        (reply.status, reply.header("claviger-version")),
        (200, version.to_string().as_str())
    );
    for bad in ["", "x", "-1", "1\u{e9}"] {
        assert_eq!(site.refused(asked(bad), 422).await, "invalid_request");
    }
    let twice = asked("0").header("Claviger-At-Least-Version", "0");
    assert_eq!(site.refused(twice, 422).await, "invalid_request");
    let ahead = site.refused(asked(&(version + 1).to_string()), 422).await;
    assert_eq!(ahead, "invalid_request", "nobody has heard of that version");
    site.advance(Duration::from_secs(1));
}

async fn two_resources_do_not_share_a_grant(engine: Engine) {
    let Some(site) = Site::open(engine).await else {
        return;
    };
    let (ann, bob) = (site.sign_up("ann").await, site.sign_up("bob").await);
    let [one, two] = [
        site.project(&ann, "private").await,
        site.project(&ann, "private").await,
    ];
    let path = format!("/authz/resources/project/{one}/grants/{}", bob.id);
    site.told(
        send("PUT", &path, &ann.token, &json!({ "level": "write" })),
        204,
    )
    .await;
    for _ in 0..3 {
        assert_eq!(
            site.method(&bob, "edit", &format!("project:{one}")).await,
            "project_collaboration"
        );
        assert_eq!(
            site.method(&bob, "edit", &format!("project:{two}")).await,
            ""
        );
        assert_eq!(
            site.method(&bob, "edit", &format!("generation:{one}"))
                .await,
            "",
            "the same id"
        );
    }
}
