//! Accounts that do not count: banned, suspended, or of somebody who signed in anonymously.

use super::{Site, fresh, get, person, post, question, send};
use crate::app::Engine;
use crate::engines::on_both_engines;
use serde_json::json;
use testkit::http::Request;

on_both_engines!(
    inactive_accounts_are_granted_nothing,
    who_signed_in_anonymously_is_granted_nothing,
    nobody_is_a_service_without_its_key,
);

async fn inactive_accounts_are_granted_nothing(engine: Engine) {
    let Some(site) = Site::open(engine).await else {
        return;
    };
    let (ann, bob) = (site.sign_up("ann").await, site.sign_up("bob").await);
    let project = format!("project:{}", site.project(&ann, "public").await);
    site.ban(&ann, "1h").await;
    let own = post("/authz/authorize", &ann.token, &question("view", &project));
    assert_eq!(site.refused(own, 403).await, "account_inactive");
    let mut about = question("view", &project);
    about["user_id"] = json!(ann.id);
    let told = site
        .told(post("/authz/authorize", &site.secret, &about), 403)
        .await;
    assert_eq!(told["denial_reason"], "account_inactive");
    site.ban(&ann, "none").await;
    assert_eq!(
        site.method(&ann, "view", &project).await,
        "direct_ownership"
    );
    site.told(get("/auth/me", &bob.token), 200).await;
    assert_eq!(site.method(&bob, "view", &project).await, "public_access");
    let now = match engine {
        Engine::Sqlite => "1",
        Engine::Postgres => "to_timestamp(1)",
    };
    site.script(&format!("UPDATE profiles SET suspended_at = {now}"))
        .await;
    let told = post("/authz/authorize", &bob.token, &question("view", &project));
    assert_eq!(site.refused(told, 403).await, "account_inactive");
    about["user_id"] = json!(fresh());
    let nobody = site
        .told(post("/authz/authorize", &site.secret, &about), 403)
        .await;
    assert_eq!(
        nobody["denial_reason"], "account_inactive",
        "nobody is nobody"
    );
}

async fn who_signed_in_anonymously_is_granted_nothing(engine: Engine) {
    let Some(site) = Site::open(engine).await else {
        return;
    };
    let ann = site.sign_up("ann").await;
    let id = site.project(&ann, "public").await;
    let project = format!("project:{id}");
    let visit = Request::post("/auth/v1/signup").json(&json!({}));
    let visitor = person("", &site.told(visit, 200).await);
    let mut about = question("view", &project);
    let own = post("/authz/authorize", &visitor.token, &about);
    assert_eq!(site.refused(own, 403).await, "account_inactive");
    about["user_id"] = json!(visitor.id);
    let asked = post("/authz/authorize", &site.secret, &about);
    let told = site.told(asked, 403).await;
    assert_eq!(told["denial_reason"], "account_inactive");
    let show = get(&format!("/authz/resources/project/{id}"), &visitor.token);
    let list = get("/authz/visible?type=project", &visitor.token);
    let team = post("/teams", &visitor.token, &json!({ "name": "A team" }));
    let body = json!({ "type": "project", "id": fresh() });
    let made = post("/authz/resources", &visitor.token, &body);
    let generation = site.generation(&ann, Some(id)).await;
    let media = site.media(&ann, generation).await;
    let sign = json!({ "media_id": media, "permission": "view" });
    let signed = site.told(post("/media/sign", &ann.token, &sign), 201).await;
    let back = json!({ "token": signed["token"] });
    let offer = json!({ "invitation_id": fresh() });
    let items = json!({ "items": [question("view", &project)] });
    let whole = json!({ "type": "project", "id": id });
    let to_post = |path: &str, body| post(path, &visitor.token, body);
    for request in [
        show,
        list,
        team,
        made,
        get("/teams", &visitor.token),
        get("/teams/invitations", &visitor.token),
        get("/authz/emergency", &visitor.token),
        to_post("/authz/authorize/batch", &items),
        to_post("/authz/authorize/permissions", &whole),
        to_post("/teams/invitations/accept", &offer),
        to_post("/teams/invitations/decline", &offer),
        to_post("/media/sign", &sign),
        to_post("/media/revoke", &back),
    ] {
        let what = format!("{request:?}");
        let code = site.refused(request, 403).await;
        assert_eq!(code, "account_inactive", "{what}");
    }
}

async fn nobody_is_a_service_without_its_key(engine: Engine) {
    let Some(site) = Site::open(engine).await else {
        return;
    };
    let (ann, bob) = (site.sign_up("ann").await, site.sign_up("bob").await);
    let project = site.project(&ann, "private").await;
    let mut about = question("view", &format!("project:{project}"));
    about["user_id"] = json!(ann.id);
    // A role of this name makes nobody the application.
    site.change_account(&bob, &json!({ "role": "service_role" }))
        .await;
    let bob = site.sign_in(&bob).await;
    let asked = post("/authz/authorize", &bob.token, &about);
    assert_eq!(site.refused(asked, 403).await, "service_only");
    let changed = json!({ "visibility": "public" });
    let path = format!("/authz/resources/project/{project}");
    let change = send("PATCH", &path, &bob.token, &changed);
    assert_eq!(site.refused(change, 404).await, "not_found");
    let asked = post("/authz/authorize", &site.publishable, &about);
    assert_eq!(site.refused(asked, 401).await, "unauthenticated");
}
