//! Two servers over one database.

use super::{Site, delete, fresh, get, post, question, text};
use crate::app::Engine;
use crate::engines::on_both_engines;
use authz::access::STORE;
use serde_json::json;

on_both_engines!(
    a_change_is_seen_elsewhere_by_whoever_names_its_version,
    what_goes_with_a_project_of_thousands_is_gone_elsewhere_too,
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
async fn what_goes_with_a_project_of_thousands_is_gone_elsewhere_too(engine: Engine) {
    let Some(mut site) = Site::open(engine).await else {
        return;
    };
    let settings = crate::engines::settings(super::SETTINGS);
    let running = site.app.server("two", &settings).await;
    let (other, secret) = (running.address, running.built.api_keys.secret.clone());
    let authz = running.built.app.authz.clone();
    let (ann, bob) = (site.sign_up("ann").await, site.sign_up("bob").await);
    let project = site.project(&bob, "public").await;
    for _ in 0..51 {
        let resource = |_| {
            json!({
                "type": "generation", "id": fresh(), "owner_id": ann.id, "project_id": project,
            })
        };
        let resources: Vec<_> = (0..100).map(resource).collect();
        let batch = json!({ "resources": resources });
        site.told(post("/authz/resources/batch", &site.secret, &batch), 201)
            .await;
    }
    let listed = async |version: &str| {
        let path = format!(
            "/authz/visible?type=generation&include_public=true&limit=1000&user_id={}",
            bob.id
        );
        let asked = get(&path, &secret).header("Claviger-At-Least-Version", version);
        let reply = asked.send(other).await.expect("an answer");
        assert_eq!(reply.status, 200, "{}", reply.text());
        reply.json()["items"].as_array().expect("a list").len()
    };
    let marked = async || {
        let made = json!({ "type": "project", "id": fresh() });
        let reply = site.send(post("/authz/resources", &bob.token, &made)).await;
        reply.header("claviger-version").to_owned()
    };
    // Only what is in memory follows the changes of others.
    for _ in 0..10_000 {
        if authz.version_in_memory(STORE).is_some() {
            break;
        }
        let mut about = question("view", &format!("project:{project}"));
        about["user_id"] = json!(bob.id);
        let asked = post("/authz/authorize", &secret, &about);
        assert_eq!(asked.send(other).await.expect("an answer").status, 200);
    }
    assert_eq!(listed(&marked().await).await, 1_000);
    let gone = format!("/authz/resources/project/{project}");
    site.told(delete(&gone, &bob.token), 200).await;
    assert_eq!(listed(&marked().await).await, 0);
}
