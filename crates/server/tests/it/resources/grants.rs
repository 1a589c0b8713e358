//! Collaborators by name, owners that change, and work that is not finished.

use super::{Person, Site, delete, fresh, get, post, send};
use crate::app::Engine;
use crate::engines::on_both_engines;
use serde_json::json;
use std::time::Duration;
use types::Time;

on_both_engines!(
    a_grant_ends_by_itself,
    grants_are_the_owners_to_give,
    ownership_moves_all_rights,
    unfinished_work_is_its_owners,
);

async fn a_grant_ends_by_itself(engine: Engine) {
    let Some(site) = Site::open(engine).await else {
        return;
    };
    let (ann, bob) = (site.sign_up("ann").await, site.sign_up("bob").await);
    let project = site.project(&ann, "private").await;
    let generation = site.generation(&ann, Some(project)).await;
    let media = format!("media:{}", site.media(&ann, generation).await);
    let generation = format!("generation:{generation}");
    let path = format!("/authz/resources/project/{project}/grants/{}", bob.id);
    let now = site.app.call().now;
    let ends = now + Duration::from_secs(600);
    let grant = |level: &str, at: Option<Time>| {
        let at = at.map(|at| at.to_string());
        send(
            "PUT",
            &path,
            &ann.token,
            &json!({ "level": level, "expires_at": at }),
        )
    };
    assert_eq!(
        site.refused(grant("read", Some(now)), 422).await,
        "invalid_request"
    );
    site.told(grant("read", Some(ends)), 204).await;
    for resource in [&generation, &media] {
        let answer = site.ask(&bob, "download", resource).await;
        assert_eq!(answer["access_method"], "project_collaboration");
        assert_eq!(answer["expires_at"], json!(ends.to_string()), "{resource}");
        assert_eq!(answer["role"], "viewer");
    }
    assert_eq!(site.method(&bob, "edit", &generation).await, "");
    site.told(grant("write", None), 204).await;
    let answer = site.ask(&bob, "edit", &generation).await;
    assert_eq!(
        (&answer["expires_at"], &answer["role"]),
        (&json!(null), &json!("editor"))
    );
    site.told(grant("write", Some(ends)), 204).await;
    site.advance(Duration::from_secs(599));
    assert_eq!(
        site.method(&bob, "edit", &generation).await,
        "project_collaboration"
    );
    site.advance(Duration::from_secs(1));
    assert_eq!(site.method(&bob, "edit", &generation).await, "");
    assert_eq!(site.method(&bob, "view", &media).await, "");
}

async fn grants_are_the_owners_to_give(engine: Engine) {
    let Some(site) = Site::open(engine).await else {
        return;
    };
    let (ann, bob) = (site.sign_up("ann").await, site.sign_up("bob").await);
    let cy = site.sign_up("cy").await;
    let project = site.project(&ann, "private").await;
    let path = |user: &str| format!("/authz/resources/project/{project}/grants/{user}");
    let write = json!({ "level": "write" });
    let grant = |who: &Person, to: &str| send("PUT", &path(to), &who.token, &write);
    assert_eq!(site.refused(grant(&bob, &bob.id), 404).await, "not_found");
    site.told(grant(&ann, &bob.id), 204).await;
    assert_eq!(site.refused(grant(&bob, &cy.id), 403).await, "forbidden");
    assert_eq!(site.refused(grant(&ann, &ann.id), 409).await, "conflict");
    let nobody = fresh().to_string();
    assert_eq!(
        site.refused(grant(&ann, &nobody), 422).await,
        "invalid_request"
    );
    site.told(grant(&ann, &cy.id), 204).await;
    assert_eq!(
        site.refused(delete(&path(&cy.id), &bob.token), 403).await,
        "forbidden"
    );
    site.told(delete(&path(&bob.id), &bob.token), 204).await;
    assert_eq!(
        site.method(&bob, "view", &format!("project:{project}"))
            .await,
        "",
        "bob went"
    );
    site.told(delete(&path(&cy.id), &ann.token), 204).await;
    assert_eq!(
        site.refused(delete(&path(&cy.id), &ann.token), 404).await,
        "not_found"
    );
}

async fn ownership_moves_all_rights(engine: Engine) {
    let Some(site) = Site::open(engine).await else {
        return;
    };
    let (ann, bob) = (site.sign_up("ann").await, site.sign_up("bob").await);
    let project = site.project(&ann, "private").await;
    let generation = site.generation(&ann, Some(project)).await;
    let of = format!("generation:{generation}");
    site.change(
        &ann,
        &format!("project/{project}"),
        json!({ "owner_id": bob.id }),
    )
    .await;
    assert_eq!(
        site.method(&ann, "view", &format!("project:{project}"))
            .await,
        ""
    );
    let answer = site.ask(&bob, "delete", &of).await;
    assert_eq!(answer["access_method"], "project_ownership");
    assert_eq!(
        (&answer["scope"], &answer["role"]),
        (&json!("project"), &json!("admin"))
    );
    assert_eq!(
        site.method(&bob, "edit", &of).await,
        "",
        "what others made stays theirs"
    );
    assert_eq!(site.method(&bob, "share", &of).await, "");
    let path = format!("/authz/resources/generation/{generation}");
    let taking = send("PATCH", &path, &bob.token, &json!({ "owner_id": bob.id }));
    assert_eq!(site.refused(taking, 403).await, "forbidden");
    let moving = send(
        "PATCH",
        &path,
        &ann.token,
        &json!({ "project_id": project }),
    );
    assert_eq!(
        site.refused(moving, 404).await,
        "not_found",
        "it is not ann's project any more"
    );
    let generation = format!("generation/{generation}");
    site.change(&ann, &generation, json!({ "project_id": null }))
        .await;
    assert_eq!(site.method(&bob, "view", &of).await, "");
    let public = site.project(&bob, "public").await;
    let moving = json!({ "project_id": public });
    let into_public = send("PATCH", &path, &ann.token, &moving);
    assert_eq!(
        site.refused(into_public, 403).await,
        "forbidden",
        "whoever only looks at a project puts nothing into it"
    );
    let own = site.project(&ann, "private").await;
    site.change(&ann, &generation, json!({ "project_id": own }))
        .await;
    let shown = site.told(get(&path, &ann.token), 200).await;
    assert_eq!(shown["project_id"], json!(own));
    let nothing = send("PATCH", &path, &ann.token, &json!({}));
    assert_eq!(site.refused(nothing, 422).await, "invalid_request");
    let nobody = json!({ "owner_id": fresh() });
    let nobody = send("PATCH", &path, &ann.token, &nobody);
    assert_eq!(site.refused(nobody, 422).await, "invalid_request");
}

async fn unfinished_work_is_its_owners(engine: Engine) {
    let Some(site) = Site::open(engine).await else {
        return;
    };
    let (ann, bob) = (site.sign_up("ann").await, site.sign_up("bob").await);
    let project = site.project(&ann, "public").await;
    let id = fresh();
    let body = json!({ "type": "generation", "id": id, "project_id": project, "completed": false });
    site.register(&ann.token, &body).await;
    let generation = format!("generation:{id}");
    assert_eq!(site.method(&bob, "view", &generation).await, "");
    assert_eq!(
        site.method(&ann, "edit", &generation).await,
        "direct_ownership"
    );
    let path = format!("/authz/resources/generation/{id}");
    let by_bob = send("PATCH", &path, &bob.token, &json!({ "completed": true }));
    assert_eq!(site.refused(by_bob, 404).await, "not_found");
    site.change(
        &ann,
        &format!("generation/{id}"),
        json!({ "completed": true }),
    )
    .await;
    assert_eq!(
        site.method(&bob, "view", &generation).await,
        "public_access"
    );
    let question = super::question("view", &generation);
    let anonymous = post("/authz/authorize", "", &question);
    assert_eq!(
        site.refused(anonymous, 401).await,
        "unauthenticated",
        "never anonymous"
    );
}
