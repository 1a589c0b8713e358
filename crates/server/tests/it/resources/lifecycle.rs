//! What goes takes along what hangs on it, in the same moment.

use super::{Person, Site, delete, get, send};
use crate::app::Engine;
use crate::engines::on_both_engines;
use serde_json::json;
use testkit::http::Request;

on_both_engines!(
    a_generation_goes_with_its_files,
    a_project_goes_and_what_lay_in_it_stays,
    a_projects_owner_takes_out_what_others_made,
    a_team_goes_with_all_that_it_gave,
    an_account_goes_with_all_that_it_owned,
    a_soft_deletion_takes_the_same_along,
    an_id_that_is_free_again_brings_nothing_back,
    a_deletion_may_take_longer_than_other_requests,
);

fn remove(resource: &str, who: &Person) -> Request {
    delete(&format!("/authz/resources/{resource}"), &who.token)
}

async fn a_generation_goes_with_its_files(engine: Engine) {
    let Some(site) = Site::open(engine).await else {
        return;
    };
    let (ann, bob) = (site.sign_up("ann").await, site.sign_up("bob").await);
    let generation = site.generation(&ann, None).await;
    let media = site.media(&ann, generation).await;
    let path = format!("generation/{generation}");
    assert_eq!(site.refused(remove(&path, &bob), 404).await, "not_found");
    let told = site.told(remove(&path, &ann), 200).await;
    assert_eq!(told["effect"], "deleted");
    for resource in [format!("generation:{generation}"), format!("media:{media}")] {
        assert_eq!(site.method(&ann, "view", &resource).await, "", "{resource}");
    }
    assert_eq!(site.refused(remove(&path, &ann), 404).await, "not_found");
    assert!(site.events().await.contains(&"resource.deleted".to_owned()));
}

async fn a_project_goes_and_what_lay_in_it_stays(engine: Engine) {
    let Some(site) = Site::open(engine).await else {
        return;
    };
    let (ann, bob) = (site.sign_up("ann").await, site.sign_up("bob").await);
    let project = site.project(&ann, "public").await;
    let generation = site.generation(&ann, Some(project)).await;
    let of = format!("generation:{generation}");
    assert_eq!(site.method(&bob, "view", &of).await, "public_access");
    let team = site.team(&ann).await;
    site.link(&ann, project, &team, "read").await;
    let grant = format!("/authz/resources/project/{project}/grants/{}", bob.id);
    let grant = send("PUT", &grant, &ann.token, &json!({ "level": "read" }));
    site.told(grant, 204).await;
    let path = format!("project/{project}");
    assert_eq!(site.refused(remove(&path, &bob), 403).await, "forbidden");
    site.told(remove(&path, &ann), 200).await;
    assert_eq!(site.method(&bob, "view", &of).await, "");
    assert_eq!(site.method(&ann, "view", &of).await, "direct_ownership");
    let shown = get(
        &format!("/authz/resources/generation/{generation}"),
        &ann.token,
    );
    assert!(site.told(shown, 200).await["project_id"].is_null());
    let left = "SELECT object_id FROM store_tuples
        WHERE object_type = 'project' OR subject_type = 'project'";
    assert_eq!(site.texts(left).await, [""; 0]);
}

async fn a_projects_owner_takes_out_what_others_made(engine: Engine) {
    let Some(site) = Site::open(engine).await else {
        return;
    };
    let (ann, bob) = (site.sign_up("ann").await, site.sign_up("bob").await);
    let project = site.project(&ann, "private").await;
    let path = format!("/authz/resources/project/{project}/grants/{}", bob.id);
    site.told(
        send("PUT", &path, &ann.token, &json!({ "level": "write" })),
        204,
    )
    .await;
    let generation = site.generation(&bob, Some(project)).await;
    let of = format!("generation:{generation}");
    assert_eq!(site.ask(&ann, "delete", &of).await["scope"], "project");
    let told = site
        .told(remove(&format!("generation/{generation}"), &ann), 200)
        .await;
    assert_eq!(told["effect"], "removed_from_project");
    assert_eq!(site.method(&ann, "view", &of).await, "");
    assert_eq!(
        site.method(&bob, "delete", &of).await,
        "direct_ownership",
        "it stays bob's"
    );
}

async fn a_team_goes_with_all_that_it_gave(engine: Engine) {
    let Some(site) = Site::open(engine).await else {
        return;
    };
    let (ann, bob) = (site.sign_up("ann").await, site.sign_up("bob").await);
    let team = site.team(&ann).await;
    site.join(&team, &ann, &bob, "admin").await;
    let project = site.project(&ann, "team-only").await;
    site.link(&ann, project, &team, "admin").await;
    let generation = site.generation(&ann, None).await;
    site.change(
        &ann,
        &format!("generation/{generation}"),
        json!({ "team_id": team }),
    )
    .await;
    let resources = [
        format!("project:{project}"),
        format!("generation:{generation}"),
    ];
    for resource in &resources {
        assert_eq!(site.method(&bob, "view", resource).await, "team_membership");
    }
    let path = format!("/teams/{team}");
    assert_eq!(
        site.refused(delete(&path, &bob.token), 403).await,
        "not_allowed"
    );
    site.told(delete(&path, &ann.token), 204).await;
    for resource in &resources {
        assert_eq!(site.method(&bob, "view", resource).await, "", "{resource}");
    }
    let shown = get(&format!("/authz/resources/project/{project}"), &ann.token);
    assert_eq!(site.told(shown, 200).await["teams"], json!([]));
    assert_eq!(
        site.texts("SELECT status FROM team_invitations").await,
        [""; 0]
    );
}

/// What an account leaves: nothing of it grants anything to anybody, and no tuple names it.
async fn departs(site: &Site, is_soft: bool) {
    let (ann, bob) = (site.sign_up("ann").await, site.sign_up("bob").await);
    let cy = site.sign_up("cy").await;
    let own = site.project(&ann, "public").await;
    let generation = site.generation(&ann, Some(own)).await;
    let media = site.media(&ann, generation).await;
    let team = site.team(&ann).await;
    site.join(&team, &ann, &cy, "editor").await;
    let foreign = site.project(&bob, "private").await;
    let path = format!("/authz/resources/project/{foreign}/grants/{}", ann.id);
    site.told(
        send("PUT", &path, &bob.token, &json!({ "level": "write" })),
        204,
    )
    .await;
    let of_bob = site.team(&bob).await;
    site.join(&of_bob, &bob, &ann, "admin").await;
    let path = format!("/auth/v1/admin/users/{}", ann.id);
    let body = json!({ "should_soft_delete": is_soft });
    let deleting = Request::new("DELETE", path)
        .bearer(&site.secret)
        .json(&body);
    site.told(deleting, 200).await;
    for resource in [
        format!("project:{own}"),
        format!("generation:{generation}"),
        format!("media:{media}"),
    ] {
        assert_eq!(site.method(&cy, "view", &resource).await, "", "{resource}");
    }
    assert_eq!(
        site.refused(get(&format!("/teams/{team}"), &cy.token), 404)
            .await,
        "not_found"
    );
    let members = site
        .told(get(&format!("/teams/{of_bob}/members"), &bob.token), 200)
        .await;
    assert_eq!(members["items"].as_array().map(Vec::len), Some(1));
    let tuples = site.texts("SELECT subject_id FROM store_tuples").await;
    assert!(!tuples.contains(&ann.id), "{tuples:?}");
    assert_eq!(site.texts("SELECT name FROM teams").await.len(), 1);
    assert_eq!(
        site.method(&bob, "delete", &format!("project:{foreign}"))
            .await,
        "direct_ownership"
    );
}

async fn an_account_goes_with_all_that_it_owned(engine: Engine) {
    let Some(site) = Site::open(engine).await else {
        return;
    };
    departs(&site, false).await;
}

async fn a_soft_deletion_takes_the_same_along(engine: Engine) {
    let Some(site) = Site::open(engine).await else {
        return;
    };
    departs(&site, true).await;
}

async fn an_id_that_is_free_again_brings_nothing_back(engine: Engine) {
    let Some(site) = Site::open(engine).await else {
        return;
    };
    let (ann, eve) = (site.sign_up("ann").await, site.sign_up("eve").await);
    let project = site.project(&ann, "private").await;
    let generation = site.generation(&ann, Some(project)).await;
    site.told(remove(&format!("project/{project}"), &ann), 200)
        .await;
    let body = json!({ "type": "project", "id": project, "visibility": "public" });
    site.register(&eve.token, &body).await;
    let of = format!("generation:{generation}");
    assert_eq!(
        site.method(&eve, "view", &of).await,
        "",
        "it does not lie in eve's project"
    );
}

async fn a_deletion_may_take_longer_than_other_requests(engine: Engine) {
    let Some(mut site) = Site::open(engine).await else {
        return;
    };
    let hurried = [
        super::SETTINGS,
        &[("CLAVIGER_HTTP_REQUEST_DEADLINE", "300ms")],
    ];
    let settings = crate::engines::settings(&hurried.concat());
    let running = site.app.server("hurried", &settings).await;
    let (address, secret) = (running.address, running.built.api_keys.secret.clone());
    let (ann, bob) = (site.sign_up("ann").await, site.sign_up("bob").await);
    let generation = site.generation(&ann, None).await;
    let team = site.team(&ann).await;
    let path = format!(
        "/authz/resources/generation/{}",
        site.generation(&ann, None).await
    );
    let ask = async |request: Request| {
        let reply = request.send(address).await;
        reply.expect("an answer").status
    };
    for gone in [
        delete(
            &format!("/authz/resources/generation/{generation}"),
            &secret,
        ),
        delete(&format!("/teams/{team}"), &secret),
        Request::new("DELETE", format!("/auth/v1/admin/users/{}", bob.id))
            .bearer(&secret)
            .json(&json!({})),
    ] {
        let held = site.hold().await;
        let change = send("PATCH", &path, &secret, &json!({ "completed": false }));
        let others = async {
            let status = ask(change).await;
            held.commit().await.expect("ended");
            status
        };
        let (deleted, refused) = tokio::join!(ask(gone), others);
        assert_eq!(refused, 503, "it had to wait for longer than it may");
        assert!(deleted < 300, "{deleted}");
    }
}
