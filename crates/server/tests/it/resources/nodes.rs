//! Two servers over one database.

use super::{Person, Site, act, delete, emergency_of, fresh, get, post, question, send, text};
use crate::app::{Engine, Running};
use crate::engines::on_both_engines;
use authz::Authz;
use authz::access::STORE;
use serde_json::json;
use std::net::SocketAddr;
use std::time::Duration;
use testkit::TestClock;
use testkit::http::{Reply, Request};
use types::Clock;
use uuid::Uuid;

on_both_engines!(
    a_change_is_seen_elsewhere_by_whoever_names_its_version,
    teams_and_emergencies_are_known_elsewhere_by_their_versions,
    what_goes_with_a_project_of_thousands_is_gone_elsewhere_too,
);

/// A second server. Tokens of one are not those of another here: a service asks.
pub(super) struct Other {
    pub(super) address: SocketAddr,
    pub(super) secret: String,
    authz: Authz,
}

impl Other {
    pub(super) async fn over(site: &mut Site) -> Self {
        let settings = crate::engines::settings(super::SETTINGS);
        Self::of(site.app.server("two", &settings).await)
    }

    /// The same with a clock that is behind that of the first one.
    pub(super) async fn behind(site: &mut Site, by: Duration) -> (Self, TestClock) {
        let clock = TestClock::at(site.app.clock().now() - by);
        let settings = crate::engines::settings(super::SETTINGS);
        let running = site.app.server_with(&clock, "behind", &settings).await;
        (Self::of(running), clock)
    }

    fn of(running: &Running) -> Self {
        Self {
            address: running.address,
            secret: running.built.api_keys.secret.clone(),
            authz: running.built.app.authz.clone(),
        }
    }

    /// What it answers when it knows of a version.
    pub(super) async fn knowing(&self, version: &str, request: Request) -> Reply {
        let request = request.header("Claviger-At-Least-Version", version);
        request.send(self.address).await.expect("an answer")
    }

    /// The question whether somebody may view a project.
    pub(super) fn may_view(&self, who: &Person, project: Uuid) -> Request {
        let mut about = question("view", &format!("project:{project}"));
        about["user_id"] = json!(who.id);
        post("/authz/authorize", &self.secret, &about)
    }
}

async fn a_change_is_seen_elsewhere_by_whoever_names_its_version(engine: Engine) {
    let Some(mut site) = Site::open(engine).await else {
        return;
    };
    let other = Other::over(&mut site).await;
    let (ann, bob) = (site.sign_up("ann").await, site.sign_up("bob").await);
    let project = site.project(&ann, "public").await;
    let models = site.texts("SELECT id FROM store_models").await;
    assert_eq!(models.len(), 1, "the model is written once");
    for visibility in ["private", "public", "private", "public"] {
        let path = format!("/authz/resources/project/{project}");
        let change = send(
            "PATCH",
            &path,
            &ann.token,
            &json!({ "visibility": visibility }),
        );
        let reply = site.send(change).await;
        let version = reply.header("claviger-version").to_owned();
        let reply = other.knowing(&version, other.may_view(&bob, project)).await;
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

async fn teams_and_emergencies_are_known_elsewhere_by_their_versions(engine: Engine) {
    let Some(mut site) = Site::open(engine).await else {
        return;
    };
    let other = Other::over(&mut site).await;
    let (ann, bob) = (site.sign_up("ann").await, site.sign_up("bob").await);
    let (eve, fay) = (site.sign_up("eve").await, site.sign_up("fay").await);
    for admin in [&eve, &fay] {
        site.make_administrator(admin).await;
    }
    let project = site.project(&ann, "team-only").await;
    let team = site.team(&ann).await;
    site.link(&ann, project, &team, "read").await;
    // What the other server says of bob once it knows of a change that was just made.
    let elsewhere = async |change: Request| {
        let reply = site.send(change).await;
        assert!(reply.status < 300, "{}", reply.text());
        let version = reply.header("claviger-version");
        let told = other.knowing(version, other.may_view(&bob, project)).await;
        let told = told.json();
        (reply, told["access_method"].as_str().map(str::to_owned))
    };
    let invitation = json!({ "email": bob.email, "role": "viewer" });
    let path = format!("/teams/{team}/invitations");
    let sent = site.told(post(&path, &ann.token, &invitation), 201).await;
    let offer = json!({ "invitation_id": sent["id"] });
    let accept = post("/teams/invitations/accept", &bob.token, &offer);
    assert_eq!(
        elsewhere(accept).await.1.as_deref(),
        Some("team_membership")
    );
    let rest = |is_active: bool| {
        let body = json!({ "is_active": is_active });
        send("PUT", &format!("/teams/{team}"), &ann.token, &body)
    };
    assert_eq!(elsewhere(rest(false)).await.1, None);
    let body = emergency_of(&bob, &format!("project:{project}"), 5);
    let asked = post("/authz/emergency", &eve.token, &body);
    let id = text(&site.told(asked, 201).await["id"]);
    let act = |action: &str| act(&id, action, &fay.token);
    assert_eq!(
        elsewhere(act("approve")).await.1.as_deref(),
        Some("emergency_access")
    );
    assert_eq!(elsewhere(act("end")).await.1, None);
    let made = post("/teams", &ann.token, &json!({ "name": "Another" }));
    let (made, _) = elsewhere(made).await;
    assert!(!made.header("claviger-version").is_empty());
}

/// More tuples than one server reads of another's changes at a time.
async fn what_goes_with_a_project_of_thousands_is_gone_elsewhere_too(engine: Engine) {
    let Some(mut site) = Site::open(engine).await else {
        return;
    };
    let other = Other::over(&mut site).await;
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
        let reply = other.knowing(version, get(&path, &other.secret)).await;
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
        if other.authz.version_in_memory(STORE).is_some() {
            break;
        }
        let asked = other.may_view(&bob, project).send(other.address).await;
        assert_eq!(asked.expect("an answer").status, 200);
    }
    assert!(other.authz.version_in_memory(STORE).is_some());
    assert_eq!(listed(&marked().await).await, 1_000);
    let gone = format!("/authz/resources/project/{project}");
    site.told(delete(&gone, &bob.token), 200).await;
    assert_eq!(listed(&marked().await).await, 0);
}
