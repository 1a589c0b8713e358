//! Without its database the server grants nothing.

use super::{Site, fresh, get, post, question, text};
use crate::app::{Engine, TestApp};
use crate::outage::through_proxy;
use serde_json::json;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stopped_database_grants_nothing() {
    let Some(app) = TestApp::open(Engine::Postgres).await else {
        return crate::engines::absent(Engine::Postgres);
    };
    let (proxy, database) = through_proxy(app.database()).await;
    let site = Site::on(app, &database, "one").await;
    let (ann, bob) = (site.sign_up("ann").await, site.sign_up("bob").await);
    let project = site.project(&ann, "public").await;
    let generation = site.generation(&ann, Some(project)).await;
    let media = site.media(&ann, generation).await;
    let sign = json!({ "media_id": media, "permission": "view" });
    let signed = site.told(post("/media/sign", &bob.token, &sign), 201).await;
    let open = || get(&format!("/media/{}", text(&signed["token"])), &bob.token);
    let about = question("view", &format!("project:{project}"));
    let mut of_bob = about.clone();
    of_bob["user_id"] = json!(bob.id);
    let resource = json!({ "type": "project", "id": project });
    let token = &bob.token;
    let requests = || {
        [
            post("/authz/authorize", token, &about),
            post("/authz/authorize", &site.secret, &of_bob),
            post(
                "/authz/authorize/batch",
                token,
                &json!({ "items": [about] }),
            ),
            post("/authz/authorize/permissions", token, &resource),
            get("/authz/visible?type=project&include_public=true", token),
            get(&format!("/authz/resources/project/{project}"), token),
            post("/media/sign", token, &sign),
            // Nobody has looked at the account for a link yet.
            open(),
            get("/teams", token),
            post("/teams", token, &json!({ "name": "Late" })),
            post(
                "/authz/resources",
                token,
                &json!({ "type": "project", "id": fresh() }),
            ),
        ]
    };
    proxy.cut().await;
    for request in requests() {
        let reply = site.send(request).await;
        assert_eq!(reply.status, 503, "{}", reply.text());
        assert_eq!(reply.json()["code"], "unavailable");
        assert!(!reply.header("retry-after").is_empty());
    }
    proxy.mend().await;
    for request in requests() {
        let reply = site.send(request).await;
        assert!(reply.status < 300, "{}", reply.text());
    }
}
