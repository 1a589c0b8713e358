//! Emergency access: asked for, approved by a second person, read only, over in minutes.

mod told;

use super::{Person, Site, act, delete, emergency_of, get, post, text};
use crate::app::Engine;
use crate::engines::on_both_engines;
use serde_json::{Value as Json, json};
use std::time::Duration;

on_both_engines!(
    emergency_access_reads_for_minutes_and_says_so,
    a_second_administrator_approves,
    emergency_access_is_ended_by_one_call,
    requests_are_bounded,
    requests_do_not_wait_for_ever,
    what_was_asked_for_by_who_may_not_any_more_is_not_approved,
    what_is_in_other_hands_is_not_approved,
    an_emergency_ends_with_what_it_shows,
);

struct World {
    site: Site,
    owner: Person,
    asking: Person,
    approving: Person,
    helper: Person,
    generation: String,
    project: String,
}

async fn world(engine: Engine) -> Option<World> {
    let site = Site::open(engine).await?;
    let owner = site.sign_up("owner").await;
    let [asking, approving, helper] = [
        site.sign_up("asking").await,
        site.sign_up("approving").await,
        site.sign_up("helper").await,
    ];
    for admin in [&asking, &approving] {
        site.make_administrator(admin).await;
    }
    let project = site.project(&owner, "private").await;
    let generation = site.generation(&owner, Some(project)).await;
    Some(World {
        site,
        owner,
        asking,
        approving,
        helper,
        generation: generation.to_string(),
        project: project.to_string(),
    })
}

impl World {
    fn body(&self, minutes: i64) -> Json {
        emergency_of(
            &self.helper,
            &format!("generation:{}", self.generation),
            minutes,
        )
    }

    async fn requested(&self, minutes: i64) -> String {
        let asked = post("/authz/emergency", &self.asking.token, &self.body(minutes));
        text(&self.site.told(asked, 201).await["id"])
    }

    async fn approved(&self, minutes: i64) -> String {
        let id = self.requested(minutes).await;
        self.site
            .told(act(&id, "approve", &self.approving.token), 200)
            .await;
        id
    }

    async fn may(&self, permission: &str) -> Json {
        let resource = format!("generation:{}", self.generation);
        self.site.ask(&self.helper, permission, &resource).await
    }
}

async fn emergency_access_reads_for_minutes_and_says_so(engine: Engine) {
    let Some(world) = world(engine).await else {
        return;
    };
    let id = world.requested(20).await;
    assert_eq!(
        world.may("view").await["granted"],
        false,
        "nobody has approved it"
    );
    world
        .site
        .told(act(&id, "approve", &world.approving.token), 200)
        .await;
    let answer = world.may("view").await;
    assert_eq!(answer["access_method"], "emergency_access");
    let ends = world.site.app.call().now + Duration::from_secs(20 * 60);
    assert_eq!(answer["expires_at"], json!(ends.to_string()));
    for permission in ["download", "edit", "branch", "delete", "share", "admin"] {
        let answer = world.may(permission).await;
        assert_eq!(
            answer["denial_reason"], "permission_not_granted",
            "{permission}"
        );
    }
    let project = format!("project:{}", world.project);
    assert_eq!(
        world.site.method(&world.helper, "view", &project).await,
        "",
        "that one only"
    );
    assert_eq!(world.site.method(&world.asking, "view", &project).await, "");
    world.site.advance(Duration::from_secs(20 * 60 - 1));
    assert_eq!(world.may("view").await["granted"], true);
    world.site.advance(Duration::from_secs(1));
    assert_eq!(world.may("view").await["granted"], false);
    let events = world.site.events().await;
    assert_eq!(events[..2], ["emergency.approved", "emergency.requested"]);
    let details = world
        .site
        .texts("SELECT CAST(detail AS TEXT) FROM events")
        .await;
    let with_reason = details.iter().filter(|one| one.contains("wrong picture"));
    assert_eq!(with_reason.count(), 2, "{details:?}");
}

async fn a_second_administrator_approves(engine: Engine) {
    let Some(world) = world(engine).await else {
        return;
    };
    let id = world.requested(30).await;
    let site = &world.site;
    let approve = |who: &Person| act(&id, "approve", &who.token);
    assert_eq!(
        site.refused(approve(&world.asking), 403).await,
        "not_allowed"
    );
    assert_eq!(
        site.refused(approve(&world.helper), 403).await,
        "not_allowed"
    );
    site.make_administrator(&world.helper).await;
    let own = site.refused(approve(&world.helper), 403).await;
    assert_eq!(own, "not_allowed", "nobody approves what they get");
    let service = act(&id, "approve", &site.secret);
    assert_eq!(site.refused(service, 403).await, "person_only");
    site.told(approve(&world.approving), 200).await;
    assert_eq!(
        site.refused(approve(&world.approving), 409).await,
        "conflict"
    );
    let stranger = site.sign_up("stranger").await;
    let asked = post("/authz/emergency", &stranger.token, &world.body(5));
    assert_eq!(site.refused(asked, 403).await, "not_allowed");
    assert_eq!(
        site.refused(get("/authz/emergency", &stranger.token), 403)
            .await,
        "not_allowed"
    );
    let listed = site.told(get("/authz/emergency", &site.secret), 200).await;
    assert_eq!(listed["items"][0]["approved_by"], json!(world.approving.id));
}

async fn emergency_access_is_ended_by_one_call(engine: Engine) {
    let Some(world) = world(engine).await else {
        return;
    };
    let site = &world.site;
    let stranger = site.sign_up("stranger").await;
    for ending in [&world.asking.token, &world.helper.token, &site.secret] {
        let id = world.approved(10).await;
        assert_eq!(world.may("view").await["granted"], true);
        let by_stranger = act(&id, "end", &stranger.token);
        assert_eq!(site.refused(by_stranger, 404).await, "not_found");
        site.told(act(&id, "end", ending), 200).await;
        assert_eq!(world.may("view").await["granted"], false);
        assert_eq!(site.refused(act(&id, "end", ending), 409).await, "conflict");
    }
    let running = world.approved(10).await;
    let second = world.requested(1).await;
    let second = act(&second, "approve", &world.approving.token);
    assert_eq!(
        site.refused(second, 409).await,
        "conflict",
        "one is running"
    );
    // A request is taken back, and the access that runs runs on.
    let third = world.requested(1).await;
    site.told(act(&third, "end", &world.asking.token), 200)
        .await;
    assert_eq!(world.may("view").await["granted"], true);
    site.told(act(&running, "end", &world.asking.token), 200)
        .await;
    assert_eq!(world.may("view").await["granted"], false);
    let id = world.requested(10).await;
    site.told(act(&id, "end", &world.asking.token), 200).await;
    let late = act(&id, "approve", &world.approving.token);
    assert_eq!(
        site.refused(late, 409).await,
        "conflict",
        "it was taken back"
    );
}

async fn requests_are_bounded(engine: Engine) {
    let Some(world) = world(engine).await else {
        return;
    };
    for (field, value) in [
        ("minutes", json!(31)),
        ("minutes", json!(0)),
        ("reason", json!("short")),
        ("reason", json!("x".repeat(501))),
        ("type", json!("media")),
        ("user_id", json!(super::fresh())),
    ] {
        let mut body = world.body(30);
        body[field] = value.clone();
        let asked = post("/authz/emergency", &world.asking.token, &body);
        let code = world.site.refused(asked, 422).await;
        assert_eq!(code, "invalid_request", "{field}: {value}");
    }
    let mut body = world.body(30);
    body["id"] = json!(super::fresh());
    let asked = post("/authz/emergency", &world.asking.token, &body);
    assert_eq!(world.site.refused(asked, 404).await, "not_found");
    let nothing = act(
        &super::fresh().to_string(),
        "approve",
        &world.approving.token,
    );
    assert_eq!(world.site.refused(nothing, 404).await, "not_found");
}

async fn requests_do_not_wait_for_ever(engine: Engine) {
    let Some(world) = world(engine).await else {
        return;
    };
    let id = world.requested(30).await;
    world.site.advance(Duration::from_secs(60 * 60));
    let approving = world.site.sign_in(&world.approving).await;
    let late = act(&id, "approve", &approving.token);
    assert_eq!(world.site.refused(late, 410).await, "ended");
}

async fn what_was_asked_for_by_who_may_not_any_more_is_not_approved(engine: Engine) {
    let Some(world) = world(engine).await else {
        return;
    };
    let site = &world.site;
    let id = world.requested(30).await;
    let demoted = json!({ "app_metadata": { "role": "member" } });
    site.change_account(&world.asking, &demoted).await;
    let approving = act(&id, "approve", &world.approving.token);
    assert_eq!(site.refused(approving, 409).await, "conflict");
    assert_eq!(world.may("view").await["granted"], false);
    site.make_administrator(&world.asking).await;
    site.ban(&world.asking, "1h").await;
    let approving = || act(&id, "approve", &world.approving.token);
    assert_eq!(site.refused(approving(), 409).await, "conflict");
    site.ban(&world.asking, "none").await;
    site.told(approving(), 200).await;
}

async fn what_is_in_other_hands_is_not_approved(engine: Engine) {
    let Some(world) = world(engine).await else {
        return;
    };
    let site = &world.site;
    let id = world.requested(30).await;
    let approving = || act(&id, "approve", &world.approving.token);
    let generation = format!("generation/{}", world.generation);
    let (owner, other) = (&world.owner, site.sign_up("other").await);
    // In the same moment, too: the clock of a test stands still.
    site.change(owner, &generation, json!({ "owner_id": other.id }))
        .await;
    assert_eq!(site.refused(approving(), 409).await, "conflict");
    // Somebody else takes the id up, once its owner has deleted what it stood for.
    let path = format!("/authz/resources/{generation}");
    site.told(delete(&path, &other.token), 200).await;
    assert_eq!(site.refused(approving(), 404).await, "not_found");
    let anew = json!({ "type": "generation", "id": world.generation });
    site.register(&world.approving.token, &anew).await;
    assert_eq!(site.refused(approving(), 409).await, "conflict");
    assert_eq!(world.may("view").await["granted"], false);
    let body = json!({ "owner_id": owner.id });
    site.change(&world.approving, &generation, body).await;
    site.told(approving(), 200).await;
    // What is given away while it may be looked at is looked at all the same.
    site.change(owner, &generation, json!({ "owner_id": other.id }))
        .await;
    assert_eq!(world.may("view").await["granted"], true);
}

async fn an_emergency_ends_with_what_it_shows(engine: Engine) {
    let Some(world) = world(engine).await else {
        return;
    };
    let (site, owner) = (&world.site, &world.owner);
    let last = async || {
        let list = get("/authz/emergency", &world.approving.token);
        site.told(list, 200).await["items"][0].clone()
    };
    let over = world.approved(1).await;
    site.advance(Duration::from_mins(1));
    let id = world.approved(20).await;
    assert_eq!(last().await["ended_at"], Json::Null);
    let path = format!("/authz/resources/generation/{}", world.generation);
    site.told(delete(&path, &owner.token), 200).await;
    let ended = last().await;
    assert_eq!(
        (&ended["id"], &ended["ended_by"]),
        (&json!(id), &json!(owner.id))
    );
    assert!(ended["ended_at"].is_string(), "{ended}");
    // What is over had its own end.
    let listed = site
        .told(get("/authz/emergency", &world.approving.token), 200)
        .await;
    let items = listed["items"].as_array().expect("a list");
    let first = items.iter().find(|one| one["id"] == json!(over));
    assert_eq!(first.expect("the first")["ended_at"], Json::Null);
}
