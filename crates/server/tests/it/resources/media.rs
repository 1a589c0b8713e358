//! Links to files: signed for a right, and dead with it.

use super::{Person, Site, delete, fresh, post, send, text};
use crate::app::Engine;
use crate::engines::on_both_engines;
use serde_json::{Value as Json, json};
use std::time::Duration;
use testkit::http::{Reply, Request};
use types::{Clock, SystemClock};
use uuid::Uuid;

on_both_engines!(
    a_link_opens_until_it_expires,
    a_link_dies_with_the_right_behind_it,
    a_link_is_taken_back,
    links_are_signed_for_rights_that_there_are,
    proxies_are_told_in_headers,
    changed_tokens_open_nothing,
    a_link_does_not_outlive_a_grant,
    a_link_is_opened_without_the_database,
    a_link_dies_with_the_account,
);

struct World {
    site: Site,
    ann: Person,
    bob: Person,
    project: Uuid,
    media: Uuid,
}

/// A file in a public project of ann's.
async fn world(engine: Engine) -> Option<World> {
    let site = Site::open(engine).await?;
    let (ann, bob) = (site.sign_up("ann").await, site.sign_up("bob").await);
    let project = site.project(&ann, "public").await;
    let generation = site.generation(&ann, Some(project)).await;
    let media = site.media(&ann, generation).await;
    Some(World {
        site,
        ann,
        bob,
        project,
        media,
    })
}

impl World {
    fn sign(&self, who: &str, more: &Json) -> Request {
        let mut body = json!({ "media_id": self.media });
        if let (Some(body), Some(more)) = (body.as_object_mut(), more.as_object()) {
            body.extend(more.clone());
        }
        post("/media/sign", who, &body)
    }

    async fn signed(&self, who: &Person) -> String {
        let told = self.site.told(self.sign(&who.token, &json!({})), 201).await;
        text(&told["token"])
    }

    async fn open(&self, token: &str) -> Reply {
        self.site
            .send(Request::get(format!("/api/v1/media/{token}")))
            .await
    }
}

async fn a_link_opens_until_it_expires(engine: Engine) {
    let Some(world) = world(engine).await else {
        return;
    };
    let more = json!({ "expires_in": 600, "permission": "view" });
    let told = world
        .site
        .told(world.sign(&world.bob.token, &more), 201)
        .await;
    let token = text(&told["token"]);
    let opened = world.open(&token).await;
    assert_eq!(opened.status, 200, "{}", opened.text());
    let opened = opened.json();
    assert_eq!(opened["media_id"], json!(world.media));
    assert_eq!(
        (&opened["permission"], &opened["user_id"]),
        (&json!("view"), &json!(world.bob.id))
    );
    world.site.advance(Duration::from_secs(599));
    assert_eq!(world.open(&token).await.status, 200);
    world.site.advance(Duration::from_secs(1));
    let over = world.open(&token).await;
    assert_eq!(
        (over.status, &over.json()["code"]),
        (401, &json!("invalid_token"))
    );
}

async fn a_link_dies_with_the_right_behind_it(engine: Engine) {
    let Some(world) = world(engine).await else {
        return;
    };
    let (of_bob, of_ann) = (
        world.signed(&world.bob).await,
        world.signed(&world.ann).await,
    );
    let project = format!("project/{}", world.project);
    world
        .site
        .change(&world.ann, &project, json!({ "visibility": "private" }))
        .await;
    let refused = world.open(&of_bob).await;
    assert_eq!(
        (refused.status, &refused.json()["code"]),
        (403, &json!("not_allowed"))
    );
    assert_eq!(world.open(&of_ann).await.status, 200);
    world
        .site
        .change(&world.ann, &project, json!({ "visibility": "public" }))
        .await;
    assert_eq!(world.open(&of_bob).await.status, 200, "the right is back");
    let path = format!("/authz/resources/media/{}", world.media);
    world.site.told(delete(&path, &world.ann.token), 200).await;
    assert_eq!(world.open(&of_ann).await.status, 403);
}

async fn a_link_is_taken_back(engine: Engine) {
    let Some(world) = world(engine).await else {
        return;
    };
    let site = &world.site;
    let revoke = |who: &str, token: &str| post("/media/revoke", who, &json!({ "token": token }));
    let eve = site.sign_up("eve").await;
    for by in [&world.bob.token, &world.ann.token, &site.secret] {
        let (token, other) = (
            world.signed(&world.bob).await,
            world.signed(&world.bob).await,
        );
        assert_eq!(
            site.refused(revoke(&eve.token, &token), 403).await,
            "forbidden"
        );
        site.told(revoke(by, &token), 204).await;
        assert_eq!(world.open(&token).await.status, 403);
        assert_eq!(world.open(&other).await.status, 200, "that one only");
    }
    assert_eq!(
        site.refused(revoke(&world.bob.token, "x"), 404).await,
        "not_found"
    );
    let events = site.events().await;
    assert_eq!(
        events
            .iter()
            .filter(|one| *one == "media_token.revoked")
            .count(),
        3
    );
}

async fn links_are_signed_for_rights_that_there_are(engine: Engine) {
    let Some(world) = world(engine).await else {
        return;
    };
    let site = &world.site;
    for bad in [
        json!({ "expires_in": 0 }),
        json!({ "expires_in": 86_401 }),
        json!({ "permission": "delete" }),
        json!({ "media_id": "x" }),
    ] {
        let code = site.refused(world.sign(&world.ann.token, &bad), 422).await;
        assert_eq!(code, "invalid_request", "{bad}");
    }
    site.told(
        world.sign(&world.ann.token, &json!({ "expires_in": 86_400 })),
        201,
    )
    .await;
    let nothing = json!({ "media_id": fresh() });
    assert_eq!(
        site.refused(world.sign(&world.bob.token, &nothing), 404)
            .await,
        "not_found"
    );
    let for_ann = json!({ "user_id": world.ann.id });
    let foreign = world.sign(&world.bob.token, &for_ann);
    assert_eq!(site.refused(foreign, 403).await, "service_only");
    let told = site.told(world.sign(&site.secret, &for_ann), 201).await;
    assert_eq!(told["user_id"], json!(world.ann.id));
    let team = site.team(&world.ann).await;
    site.join(&team, &world.ann, &world.bob, "viewer").await;
    site.link(&world.ann, world.project, &team, "read").await;
    let project = format!("project/{}", world.project);
    site.change(&world.ann, &project, json!({ "visibility": "team-only" }))
        .await;
    let download = world.sign(&world.bob.token, &json!({}));
    assert_eq!(
        site.refused(download, 403).await,
        "forbidden",
        "viewers do not download"
    );
    let view = world.sign(&world.bob.token, &json!({ "permission": "view" }));
    let token = text(&site.told(view, 201).await["token"]);
    assert_eq!(
        world.open(&token).await.status,
        200,
        "what team members never could before"
    );
}

async fn proxies_are_told_in_headers(engine: Engine) {
    let Some(world) = world(engine).await else {
        return;
    };
    let token = world.signed(&world.bob).await;
    let verify = || Request::get("/api/v1/media/verify");
    for request in [
        verify().header("Claviger-Media-Token", &token),
        verify().header("X-Original-URI", &format!("/files/a.png?w=1&token={token}")),
        verify().header("X-Forwarded-Uri", &format!("/files/a.png?token={token}")),
    ] {
        let reply = world.site.send(request).await;
        assert_eq!(reply.status, 204, "{}", reply.text());
        assert_eq!(reply.header("claviger-media"), world.media.to_string());
        assert_eq!(reply.header("claviger-user"), world.bob.id);
        assert_eq!(reply.header("claviger-permission"), "download");
    }
    let of = |media: Uuid| {
        let path = format!("/api/v1/media/verify?media_id={media}");
        Request::get(path).header("Claviger-Media-Token", &token)
    };
    assert_eq!(world.site.send(of(world.media)).await.status, 204);
    let foreign = world.site.refused(of(fresh()), 403).await;
    assert_eq!(foreign, "not_allowed", "a link to another file");
    for request in [verify(), verify().header("X-Original-URI", "/files/a.png")] {
        assert_eq!(world.site.refused(request, 401).await, "invalid_token");
    }
}

async fn changed_tokens_open_nothing(engine: Engine) {
    let Some(world) = world(engine).await else {
        return;
    };
    let token = world.signed(&world.bob).await;
    for at in [0, 10, 40, token.len() - 1] {
        let mut changed: Vec<char> = token.chars().collect();
        changed[at] = if changed[at] == 'A' { 'B' } else { 'A' };
        let changed: String = changed.into_iter().collect();
        assert_eq!(world.open(&changed).await.status, 401, "{at}");
    }
    assert_eq!(
        world.open(&world.bob.token).await.status,
        401,
        "an access token is none"
    );
}

async fn a_link_does_not_outlive_a_grant(engine: Engine) {
    let Some(world) = world(engine).await else {
        return;
    };
    let project = format!("project/{}", world.project);
    world
        .site
        .change(&world.ann, &project, json!({ "visibility": "private" }))
        .await;
    let ends = world.site.app.call().now + Duration::from_secs(300);
    let path = format!("/authz/resources/{project}/grants/{}", world.bob.id);
    let grant = json!({ "level": "read", "expires_at": ends.to_string() });
    world
        .site
        .told(send("PUT", &path, &world.ann.token, &grant), 204)
        .await;
    let told = world
        .site
        .told(world.sign(&world.bob.token, &json!({})), 201)
        .await;
    assert_eq!(told["expires_at"], json!(ends.to_string()));
}

async fn a_link_is_opened_without_the_database(engine: Engine) {
    let Some(world) = world(engine).await else {
        return;
    };
    let token = world.signed(&world.bob).await;
    let app = &world.site.app;
    let access = &app.app("one").access;
    // What is known of the store and of the account is fetched once.
    let begun = SystemClock.instant();
    loop {
        let call = app.call();
        access.open_media(&call, &token).await.expect("an answer");
        if call.cost.round_trips() == 0 {
            break;
        }
        let waited = SystemClock.instant() - begun;
        assert!(waited < Duration::from_secs(30), "it is not in memory");
    }
    let mut trips = 0;
    for _ in 0..20 {
        let call = app.call();
        access.open_media(&call, &token).await.expect("an answer");
        trips += call.cost.round_trips();
    }
    assert!(trips <= 2, "{trips} round trips for twenty links");
}

async fn a_link_dies_with_the_account(engine: Engine) {
    let Some(world) = world(engine).await else {
        return;
    };
    let token = world.signed(&world.bob).await;
    assert_eq!(world.open(&token).await.status, 200);
    world.site.ban(&world.bob, "1h").await;
    // What is known of an account is believed for two seconds.
    let begun = SystemClock.instant();
    while world.open(&token).await.status != 403 {
        let waited = SystemClock.instant() - begun;
        assert!(waited < Duration::from_secs(30), "it is good still");
    }
}
