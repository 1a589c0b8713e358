//! Two servers over one database.

use super::{Site, fresh, post, question, text};
use crate::app::Engine;
use crate::engines::on_both_engines;
use serde_json::json;
use testkit::http::Request;

on_both_engines!(
    a_change_is_seen_elsewhere_by_whoever_names_its_version,
    what_goes_with_an_account_of_thousands_is_gone_elsewhere_too,
);

async fn a_change_is_seen_elsewhere_by_whoever_names_its_version(engine: Engine) {
    let Some(mut site) = Site::open(engine).await else {
        return;
    };
    let settings = crate::engines::settings(super::SETTINGS);
    let running = site.app.server("two", &settings).await;
    let (other, secret) = (running.address, running.built.api_keys.secret.clone());
    let (ann, bob) = (site.sign_up("ann").await, site.sign_up("bob").await);
    let project = site.project(&ann, "public").await;
    let about = question("view", &format!("project:{project}"));
    let models = site.texts("SELECT id FROM store_models").await;
    assert_eq!(models.len(), 1, "the model is written once");
    for visibility in ["private", "public", "private", "public"] {
        let path = format!("/authz/resources/project/{project}");
        let change = super::send(
            "PATCH",
            &path,
            &ann.token,
            &json!({ "visibility": visibility }),
        );
        let reply = site.send(change).await;
        let version = reply.header("claviger-version").to_owned();
        // Tokens of one server are not those of another here: a service asks for bob.
        let mut about = about.clone();
        about["user_id"] = json!(bob.id);
        let asked = post("/authz/authorize", &secret, &about);
        let asked = asked.header("Claviger-At-Least-Version", &version);
        let reply = asked.send(other).await.expect("an answer");
        let is_public = visibility == "public";
        assert_eq!(
            reply.status,
            if is_public { 200 } else { 404 },
            "{}",
            reply.text()
        );
        if is_public {
            assert_eq!(text(&reply.json()["access_method"]), "public_access");
        }
    }
}

/// More tuples than one server reads of another's changes at a time.
async fn what_goes_with_an_account_of_thousands_is_gone_elsewhere_too(engine: Engine) {
    let Some(mut site) = Site::open(engine).await else {
        return;
    };
    let settings = crate::engines::settings(super::SETTINGS);
    let running = site.app.server("two", &settings).await;
    let (other, secret) = (running.address, running.built.api_keys.secret.clone());
    let (ann, bob) = (site.sign_up("ann").await, site.sign_up("bob").await);
    let project = site.project(&bob, "public").await;
    let mut last = project;
    for _ in 0..26 {
        let resources: Vec<_> = (0..100)
            .map(|_| {
                last = fresh();
                json!({ "type": "generation", "id": last, "owner_id": ann.id, "project_id": project })
            })
            .collect();
        let batch = json!({ "resources": resources });
        site.told(post("/authz/resources/batch", &site.secret, &batch), 201)
            .await;
    }
    let elsewhere = async |resource: String, version: &str| {
        let mut about = question("view", &resource);
        about["user_id"] = json!(bob.id);
        let asked = post("/authz/authorize", &secret, &about);
        let asked = asked.header("Claviger-At-Least-Version", version);
        asked.send(other).await.expect("an answer").status
    };
    let marked = async || {
        let made = json!({ "type": "project", "id": fresh() });
        let reply = site.send(post("/authz/resources", &bob.token, &made)).await;
        reply.header("claviger-version").to_owned()
    };
    let before = marked().await;
    assert_eq!(elsewhere(format!("generation:{last}"), &before).await, 200);
    let gone = Request::new("DELETE", format!("/auth/v1/admin/users/{}", ann.id));
    site.told(gone.bearer(&site.secret).json(&json!({})), 200)
        .await;
    let after = marked().await;
    assert_eq!(elsewhere(format!("generation:{last}"), &after).await, 404);
    assert_eq!(elsewhere(format!("project:{project}"), &after).await, 200);
    let left = "SELECT object_id FROM store_tuples WHERE object_type = 'generation'";
    assert_eq!(site.texts(left).await, [""; 0]);
}
