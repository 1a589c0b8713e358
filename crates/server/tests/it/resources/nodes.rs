//! Two servers over one database.

use super::{Site, question, text};
use crate::app::Engine;
use crate::engines::on_both_engines;
use serde_json::json;

on_both_engines!(a_change_is_seen_elsewhere_by_whoever_names_its_version);

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
        let asked = super::post("/authz/authorize", &secret, &about);
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
