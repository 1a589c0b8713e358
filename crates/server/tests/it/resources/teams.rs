//! Teams: who may do what in them, and what never happens.

use super::{Person, Site, delete, fresh, get, post, send, text};
use crate::app::Engine;
use crate::engines::on_both_engines;
use serde_json::{Value as Json, json};

on_both_engines!(
    a_team_is_made_shown_changed_and_deleted,
    a_team_is_limited_in_size,
    strangers_hear_nothing_of_a_team,
    a_membership_is_gone_with_its_answer,
    whoever_looks_waits_for_nobody_who_changes,
    a_user_owns_so_many_teams_and_no_more,
);

/// Teams that a user may own.
const OWNED_MAX: usize = 100;

async fn a_team_is_made_shown_changed_and_deleted(engine: Engine) {
    let Some(site) = Site::open(engine).await else {
        return;
    };
    let ann = site.sign_up("ann").await;
    let body = json!({ "name": " A & B ", "description": "for it", "max_members": 3 });
    let made = site.told(post("/teams", &ann.token, &body), 201).await;
    assert_eq!(
        (&made["name"], &made["max_members"]),
        (&json!("A & B"), &json!(3))
    );
    assert!(text(&made["code"]).starts_with("TM-") && text(&made["code"]).len() == 9);
    assert_eq!(
        (&made["role"], &made["members"]),
        (&json!("owner"), &json!(1))
    );
    let path = format!("/teams/{}", text(&made["id"]));
    let shown = site.told(get(&path, &ann.token), 200).await;
    assert_eq!(shown, made);
    let listed = site.told(get("/teams", &ann.token), 200).await;
    assert_eq!(listed["items"], json!([made]));
    let change = |body: Json| send("PUT", &path, &ann.token, &body);
    let changed = site
        .told(change(json!({ "name": "C", "description": "" })), 200)
        .await;
    assert_eq!(
        (&changed["name"], &changed["description"]),
        (&json!("C"), &Json::Null)
    );
    for bad in [
        json!({ "name": " " }),
        json!({ "name": "x".repeat(101) }),
        json!({ "name": "a\nb" }),
        json!({ "description": "x".repeat(501) }),
        json!({ "max_members": 0 }),
        json!({ "max_members": 1001 }),
        json!({ "code": "TM-000000" }),
    ] {
        assert_eq!(
            site.refused(change(bad.clone()), 422).await,
            "invalid_request",
            "{bad}"
        );
    }
    site.told(delete(&path, &ann.token), 204).await;
    assert_eq!(site.refused(get(&path, &ann.token), 404).await, "not_found");
    let events = site.events().await;
    assert_eq!(events, ["team.changed", "team.created", "team.deleted"]);
}

/// A team with an owner, two admins and an editor.
pub(super) async fn team(site: &Site) -> (String, [Person; 4]) {
    let [owner, admin, other, editor] = ["owner", "admin", "other", "editor"];
    let people = [
        site.sign_up(owner).await,
        site.sign_up(admin).await,
        site.sign_up(other).await,
        site.sign_up(editor).await,
    ];
    let team = site.team(&people[0]).await;
    for (member, role) in people.iter().skip(1).zip(["admin", "admin", "editor"]) {
        site.join(&team, &people[0], member, role).await;
    }
    (team, people)
}

pub(super) fn member(team: &str, of: &Person) -> String {
    format!("/teams/{team}/members/{}", of.id)
}

pub(super) fn role(who: &Person, team: &str, of: &Person, role: &str) -> testkit::http::Request {
    send(
        "PUT",
        &member(team, of),
        &who.token,
        &json!({ "role": role }),
    )
}

async fn a_team_is_limited_in_size(engine: Engine) {
    let Some(site) = Site::open(engine).await else {
        return;
    };
    let owner = site.sign_up("owner").await;
    let body = json!({ "name": "Two", "max_members": 2 });
    let team = text(&site.told(post("/teams", &owner.token, &body), 201).await["id"]);
    let invite = |email: &str| {
        let body = json!({ "email": email, "role": "viewer" });
        post(&format!("/teams/{team}/invitations"), &owner.token, &body)
    };
    let bob = site.sign_up("bob").await;
    let sent = site.told(invite(&bob.email), 201).await;
    assert_eq!(
        site.refused(invite("cy@example.com"), 409).await,
        "team_full",
        "one is invited"
    );
    let less = send(
        "PUT",
        &format!("/teams/{team}"),
        &owner.token,
        &json!({ "max_members": 1 }),
    );
    site.told(less, 200).await;
    let accept = json!({ "invitation_id": sent["id"] });
    let accept = || post("/teams/invitations/accept", &bob.token, &accept);
    assert_eq!(
        site.refused(accept(), 409).await,
        "team_full",
        "looked at again"
    );
    let more = send(
        "PUT",
        &format!("/teams/{team}"),
        &owner.token,
        &json!({ "max_members": 2 }),
    );
    site.told(more, 200).await;
    site.told(accept(), 200).await;
    let less = send(
        "PUT",
        &format!("/teams/{team}"),
        &owner.token,
        &json!({ "max_members": 1 }),
    );
    assert_eq!(site.refused(less, 422).await, "invalid_request");
}

async fn strangers_hear_nothing_of_a_team(engine: Engine) {
    let Some(site) = Site::open(engine).await else {
        return;
    };
    let (team, [_, _, _, editor]) = team(&site).await;
    let stranger = site.sign_up("stranger").await;
    let nothing = fresh().to_string();
    for id in [&team, &nothing] {
        for request in [
            get(&format!("/teams/{id}"), &stranger.token),
            get(&format!("/teams/{id}/members"), &stranger.token),
            get(&format!("/teams/{id}/invitations"), &stranger.token),
            delete(&format!("/teams/{id}"), &stranger.token),
            send(
                "PUT",
                &format!("/teams/{id}"),
                &stranger.token,
                &json!({ "name": "Mine" }),
            ),
            post(&format!("/teams/{id}/leave"), &stranger.token, &json!({})),
            post(
                &format!("/teams/{id}/invitations"),
                &stranger.token,
                &json!({ "email": stranger.email, "role": "admin" }),
            ),
        ] {
            assert_eq!(site.refused(request, 404).await, "not_found");
        }
    }
    let by_editor = post(
        &format!("/teams/{team}/invitations"),
        &editor.token,
        &json!({ "email": stranger.email, "role": "viewer" }),
    );
    assert_eq!(site.refused(by_editor, 403).await, "not_allowed");
    let members = get(&format!("/teams/{team}/members"), &editor.token);
    let seen = site.told(members, 200).await;
    assert!(
        seen["items"][0]["email"].is_null(),
        "no addresses for those who may not invite"
    );
    let invitations = get(&format!("/teams/{team}/invitations"), &editor.token);
    assert_eq!(site.refused(invitations, 403).await, "not_allowed");
}

async fn a_membership_is_gone_with_its_answer(engine: Engine) {
    let Some(site) = Site::open(engine).await else {
        return;
    };
    let (team, [owner, _, _, editor]) = team(&site).await;
    let project = site.project(&owner, "team-only").await;
    site.link(&owner, project, &team, "write").await;
    let generation = format!(
        "generation:{}",
        site.generation(&owner, Some(project)).await
    );
    let may = async || site.method(&editor, "edit", &generation).await;
    assert_eq!(may().await, "team_membership");
    site.told(role(&owner, &team, &editor, "contributor"), 204)
        .await;
    assert_eq!(may().await, "", "a lower role counts at once");
    site.told(role(&owner, &team, &editor, "editor"), 204).await;
    assert_eq!(may().await, "team_membership");
    site.told(delete(&member(&team, &editor), &owner.token), 204)
        .await;
    assert_eq!(may().await, "");
    let listed = site.told(get("/teams", &editor.token), 200).await;
    assert_eq!(listed["items"], json!([]));
}

async fn whoever_looks_waits_for_nobody_who_changes(engine: Engine) {
    let Some(site) = Site::open(engine).await else {
        return;
    };
    let ann = site.sign_up("ann").await;
    site.make_administrator(&ann).await;
    let team = site.team(&ann).await;
    let changing = site.hold().await;
    for path in [
        "/teams".to_owned(),
        format!("/teams/{team}"),
        format!("/teams/{team}/members"),
        format!("/teams/{team}/invitations"),
        "/teams/invitations".to_owned(),
        "/authz/emergency".to_owned(),
    ] {
        site.told(get(&path, &ann.token), 200).await;
    }
    changing.commit().await.expect("ended");
}

async fn a_user_owns_so_many_teams_and_no_more(engine: Engine) {
    let Some(site) = Site::open(engine).await else {
        return;
    };
    let ann = site.sign_up("ann").await;
    for _ in 1..OWNED_MAX {
        site.team(&ann).await;
    }
    let last = site.team(&ann).await;
    let bob = site.sign_up("bob").await;
    let given = site.team(&bob).await;
    site.join(&given, &bob, &ann, "admin").await;
    let give = || {
        let to = json!({ "user_id": ann.id });
        post(&format!("/teams/{given}/transfer"), &bob.token, &to)
    };
    assert_eq!(site.refused(give(), 409).await, "conflict");
    let make = || post("/teams", &ann.token, &json!({ "name": "One more" }));
    assert_eq!(site.refused(make(), 409).await, "conflict");
    site.told(delete(&format!("/teams/{last}"), &ann.token), 204)
        .await;
    site.told(give(), 204).await;
    assert_eq!(site.refused(make(), 409).await, "conflict");
    let body = json!({ "name": "By the application", "owner_id": ann.id });
    site.told(post("/teams", &site.secret, &body), 201).await;
}
