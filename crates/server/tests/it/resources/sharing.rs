//! What is shared with whom: teams in projects, privacy, collaborators, team contexts.

use super::{Person, Site, delete, get, send};
use crate::app::Engine;
use crate::engines::on_both_engines;
use serde_json::{Value as Json, json};
use uuid::Uuid;

on_both_engines!(
    a_team_may_do_what_role_and_level_both_allow,
    visibility_is_one_switch,
    links_are_made_by_who_owns_both_ends,
    privacy_holds_links_back,
    a_team_context_is_a_share_of_its_own,
    a_team_context_is_told_to_its_owner_and_the_team,
);

/// A project with a generation of its owner, and a team linked to it with a member of each role.
struct World {
    ann: Person,
    members: Vec<(&'static str, Person)>,
    team: String,
    project: Uuid,
    generation: String,
}

async fn world(site: &Site, visibility: &str) -> World {
    let ann = site.sign_up("ann").await;
    let team = site.team(&ann).await;
    let mut members = Vec::new();
    for role in ["viewer", "contributor", "editor", "admin"] {
        let member = site.sign_up(role).await;
        site.join(&team, &ann, &member, role).await;
        members.push((role, member));
    }
    let project = site.project(&ann, visibility).await;
    let generation = site.generation(&ann, Some(project)).await;
    World {
        ann,
        members,
        team,
        project,
        generation: format!("generation:{generation}"),
    }
}

async fn a_team_may_do_what_role_and_level_both_allow(engine: Engine) {
    let Some(site) = Site::open(engine).await else {
        return;
    };
    let world = world(&site, "team-only").await;
    let all = [
        "view", "download", "edit", "branch", "delete", "share", "admin",
    ];
    let expected = [
        ("read", [1, 2, 2, 2]),
        ("write", [1, 3, 5, 5]),
        ("admin", [1, 3, 5, 7]),
    ];
    for (level, counts) in expected {
        site.link(&world.ann, world.project, &world.team, level)
            .await;
        for ((role, member), count) in world.members.iter().zip(counts) {
            let mut granted = Vec::new();
            for permission in all {
                let method = site.method(member, permission, &world.generation).await;
                if !method.is_empty() {
                    assert_eq!(method, "team_membership");
                    granted.push(permission);
                }
            }
            let wanted: &[&str] = match count {
                1 => &["view"],
                2 => &["view", "download"],
                3 => &["view", "download", "branch"],
                5 => &["view", "download", "edit", "branch", "share"],
                _ => &all,
            };
            assert_eq!(granted, wanted, "{role}, linked for {level}");
        }
    }
}

async fn visibility_is_one_switch(engine: Engine) {
    let Some(site) = Site::open(engine).await else {
        return;
    };
    let world = world(&site, "private").await;
    let stranger = site.sign_up("stranger").await;
    site.link(&world.ann, world.project, &world.team, "write")
        .await;
    let editor = &world.members[2].1;
    let project = format!("project/{}", world.project);
    for (visibility, of_editor, of_stranger) in [
        ("private", "", ""),
        ("team-only", "team_membership", ""),
        ("public", "team_membership", "public_access"),
        ("private", "", ""),
    ] {
        site.change(&world.ann, &project, json!({ "visibility": visibility }))
            .await;
        assert_eq!(
            site.method(editor, "view", &world.generation).await,
            of_editor
        );
        assert_eq!(
            site.method(&stranger, "view", &world.generation).await,
            of_stranger
        );
        assert_eq!(site.method(&stranger, "edit", &world.generation).await, "");
    }
    let path = format!("/authz/resources/{project}");
    let refused = send(
        "PATCH",
        &path,
        &editor.token,
        &json!({ "visibility": "public" }),
    );
    assert_eq!(site.refused(refused, 404).await, "not_found");
}

async fn links_are_made_by_who_owns_both_ends(engine: Engine) {
    let Some(site) = Site::open(engine).await else {
        return;
    };
    let world = world(&site, "team-only").await;
    let owner_of_team = site.sign_up("other").await;
    let foreign = site.team(&owner_of_team).await;
    let path = |team: &str| format!("/authz/resources/project/{}/teams/{team}", world.project);
    let level = json!({ "access_level": "admin" });
    let link = |who: &Person, team: &str| send("PUT", &path(team), &who.token, &level);
    let admin = &world.members[3].1;
    assert_eq!(
        site.refused(link(&world.ann, &foreign), 404).await,
        "not_found"
    );
    assert_eq!(
        site.refused(link(admin, &world.team), 404).await,
        "not_found"
    );
    site.link(&world.ann, world.project, &world.team, "read")
        .await;
    assert_eq!(
        site.refused(link(admin, &world.team), 403).await,
        "forbidden"
    );
    assert_eq!(site.method(admin, "edit", &world.generation).await, "");
    let unknown = json!({ "access_level": "all" });
    let unknown = send("PUT", &path(&world.team), &world.ann.token, &unknown);
    assert_eq!(site.refused(unknown, 422).await, "invalid_request");
    site.told(delete(&path(&world.team), &world.ann.token), 204)
        .await;
    assert_eq!(site.method(admin, "view", &world.generation).await, "");
    let gone = delete(&path(&world.team), &world.ann.token);
    assert_eq!(site.refused(gone, 404).await, "not_found");
}

async fn privacy_holds_links_back(engine: Engine) {
    let Some(site) = Site::open(engine).await else {
        return;
    };
    let world = world(&site, "team-only").await;
    let admin = &world.members[3].1;
    site.link(&world.ann, world.project, &world.team, "admin")
        .await;
    let path = format!("/authz/resources/project/{}/privacy", world.project);
    let privacy = async |body| {
        site.told(send("PUT", &path, &world.ann.token, &body), 200)
            .await
    };
    let may = async || site.method(admin, "admin", &world.generation).await;
    assert_eq!(may().await, "team_membership");
    let told = privacy(json!({ "restrict_to_specific_teams": true })).await;
    assert_eq!(
        told["hide_from_other_teams"], true,
        "what is not named stays"
    );
    assert_eq!(may().await, "", "no team is named");
    let show = get(
        &format!("/authz/resources/project/{}", world.project),
        &world.ann.token,
    );
    let held = site.told(show, 200).await["teams"][0].clone();
    assert_eq!(
        (&held["held_back"], &held["access_level"]),
        (&json!(true), &json!("admin"))
    );
    site.link(&world.ann, world.project, &world.team, "write")
        .await;
    assert_eq!(may().await, "", "a new level does not let it in");
    privacy(json!({ "allowed_team_ids": [world.team] })).await;
    assert_eq!(
        site.method(admin, "edit", &world.generation).await,
        "team_membership"
    );
    assert_eq!(may().await, "", "with the level that it has now");
    privacy(json!({ "allowed_team_ids": [] })).await;
    assert_eq!(site.method(admin, "view", &world.generation).await, "");
    privacy(json!({ "restrict_to_specific_teams": false })).await;
    assert_eq!(
        site.method(admin, "edit", &world.generation).await,
        "team_membership"
    );
    let branch = async || {
        site.method(&world.members[1].1, "branch", &world.generation)
            .await
    };
    assert_eq!(branch().await, "team_membership");
    privacy(json!({ "allow_generation_improvements": false })).await;
    assert_eq!(branch().await, "");
    assert_eq!(
        site.method(&world.ann, "branch", &world.generation).await,
        "direct_ownership"
    );
}

async fn a_team_context_is_a_share_of_its_own(engine: Engine) {
    let Some(site) = Site::open(engine).await else {
        return;
    };
    let world = world(&site, "private").await;
    let editor = &world.members[2].1;
    assert_eq!(site.method(editor, "view", &world.generation).await, "");
    let path = world.generation.replace(':', "/");
    site.change(&world.ann, &path, json!({ "team_id": world.team }))
        .await;
    assert_eq!(
        site.method(editor, "edit", &world.generation).await,
        "team_membership"
    );
    assert_eq!(
        site.method(&world.members[0].1, "download", &world.generation)
            .await,
        ""
    );
    let take = format!("/authz/resources/{path}");
    let by_editor = send("PATCH", &take, &editor.token, &json!({ "team_id": null }));
    assert_eq!(site.refused(by_editor, 403).await, "forbidden");
    site.change(&world.ann, &path, json!({ "team_id": null }))
        .await;
    assert_eq!(site.method(editor, "view", &world.generation).await, "");
    let other = site.sign_up("other").await;
    let foreign = json!({ "team_id": site.team(&other).await });
    let refused = send("PATCH", &take, &world.ann.token, &foreign);
    assert_eq!(
        site.refused(refused, 404).await,
        "not_found",
        "shared with one's own teams only"
    );
}

async fn a_team_context_is_told_to_its_owner_and_the_team(engine: Engine) {
    let Some(site) = Site::open(engine).await else {
        return;
    };
    let world = world(&site, "public").await;
    let path = world.generation.replace(':', "/");
    site.change(&world.ann, &path, json!({ "team_id": world.team }))
        .await;
    let stranger = site.sign_up("stranger").await;
    let viewer = &world.members[0].1;
    let team = json!(world.team);
    for (who, told) in [
        (&world.ann, &team),
        (viewer, &team),
        (&stranger, &Json::Null),
    ] {
        let show = get(&format!("/authz/resources/{path}"), &who.token);
        assert_eq!(
            site.told(show, 200).await["team_id"],
            *told,
            "{}",
            who.email
        );
    }
}
