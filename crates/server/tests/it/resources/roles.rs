//! Roles in teams: who may change whose, and what never happens.

use super::teams::{member, role, team};
use super::{Person, Site, delete, fresh, get, post, send, text};
use crate::app::Engine;
use crate::engines::on_both_engines;
use serde_json::json;

on_both_engines!(
    admins_manage_those_below_them,
    nobody_promotes_or_removes_themselves,
    the_last_owner_stays,
    a_team_is_given_to_a_member,
);

async fn admins_manage_those_below_them(engine: Engine) {
    let Some(site) = Site::open(engine).await else {
        return;
    };
    let (team, [owner, admin, other, editor]) = team(&site).await;
    for (who, of, to, status) in [
        (&admin, &editor, "viewer", 204),
        (&admin, &editor, "admin", 204),
        (&admin, &editor, "editor", 403),
        (&owner, &editor, "editor", 204),
        (&admin, &other, "viewer", 403),
        (&admin, &owner, "viewer", 403),
        (&admin, &editor, "owner", 403),
        (&owner, &other, "owner", 403),
        (&editor, &other, "viewer", 403),
        (&admin, &editor, "king", 422),
    ] {
        let reply = site.send(role(who, &team, of, to)).await;
        assert_eq!(
            reply.status,
            status,
            "{} to {to}: {}",
            of.email,
            reply.text()
        );
    }
    let remove = |who: &Person, of: &Person| delete(&member(&team, of), &who.token);
    assert_eq!(
        site.refused(remove(&editor, &other), 403).await,
        "not_allowed"
    );
    assert_eq!(
        site.refused(remove(&admin, &other), 403).await,
        "role_out_of_reach"
    );
    assert_eq!(
        site.refused(remove(&admin, &owner), 403).await,
        "role_out_of_reach"
    );
    site.told(remove(&admin, &editor), 204).await;
    assert_eq!(
        site.refused(remove(&admin, &editor), 404).await,
        "not_found"
    );
    site.told(remove(&owner, &other), 204).await;
    let listed = site
        .told(get(&format!("/teams/{team}/members"), &admin.token), 200)
        .await;
    let roles = listed["items"].as_array().expect("a list").iter();
    let roles: Vec<_> = roles
        .map(|one| (text(&one["user_id"]), text(&one["role"])))
        .collect();
    assert_eq!(
        roles,
        [(owner.id, "owner".into()), (admin.id, "admin".into())]
    );
    assert_eq!(
        listed["items"][0]["email"],
        json!(owner.email),
        "admins see addresses"
    );
}

async fn nobody_promotes_or_removes_themselves(engine: Engine) {
    let Some(site) = Site::open(engine).await else {
        return;
    };
    let (team, [owner, admin, _, editor]) = team(&site).await;
    for (who, to) in [(&admin, "owner"), (&admin, "viewer"), (&owner, "admin")] {
        assert_eq!(
            site.refused(role(who, &team, who, to), 403).await,
            "not_allowed"
        );
    }
    assert_eq!(
        site.refused(role(&editor, &team, &editor, "admin"), 403)
            .await,
        "not_allowed"
    );
    let removing = delete(&member(&team, &admin), &admin.token);
    assert_eq!(site.refused(removing, 403).await, "not_allowed");
    let stranger = site.sign_up("stranger").await;
    let joining = role(&stranger, &team, &stranger, "admin");
    assert_eq!(
        site.refused(joining, 404).await,
        "not_found",
        "nobody adds themselves"
    );
    let adding = role(&owner, &team, &stranger, "viewer");
    assert_eq!(
        site.refused(adding, 404).await,
        "not_found",
        "nor anybody else, uninvited"
    );
    let inviting = json!({ "email": admin.email, "role": "owner" });
    let inviting = post(
        &format!("/teams/{team}/invitations"),
        &owner.token,
        &inviting,
    );
    assert_eq!(site.refused(inviting, 403).await, "role_out_of_reach");
}

async fn the_last_owner_stays(engine: Engine) {
    let Some(site) = Site::open(engine).await else {
        return;
    };
    let (team, [owner, admin, ..]) = team(&site).await;
    let leave = |who: &Person| post(&format!("/teams/{team}/leave"), &who.token, &json!({}));
    assert_eq!(site.refused(leave(&owner), 409).await, "conflict");
    site.told(leave(&admin), 204).await;
    assert_eq!(site.refused(leave(&admin), 404).await, "not_found");
    assert_eq!(
        site.refused(delete(&format!("/teams/{team}"), &admin.token), 404)
            .await,
        "not_found"
    );
    let service = post(&format!("/teams/{team}/leave"), &site.secret, &json!({}));
    assert_eq!(site.refused(service, 403).await, "person_only");
}

async fn a_team_is_given_to_a_member(engine: Engine) {
    let Some(site) = Site::open(engine).await else {
        return;
    };
    let (team, [owner, admin, other, editor]) = team(&site).await;
    let give = |who: &Person, to: &str| {
        post(
            &format!("/teams/{team}/transfer"),
            &who.token,
            &json!({ "user_id": to }),
        )
    };
    assert_eq!(
        site.refused(give(&admin, &admin.id), 403).await,
        "not_allowed"
    );
    assert_eq!(site.refused(give(&owner, &owner.id), 409).await, "conflict");
    let stranger = fresh().to_string();
    assert_eq!(
        site.refused(give(&owner, &stranger), 422).await,
        "invalid_request"
    );
    let rest = json!({ "is_active": false });
    site.told(
        send("PUT", &member(&team, &other), &owner.token, &rest),
        204,
    )
    .await;
    assert_eq!(
        site.refused(give(&owner, &other.id), 422).await,
        "invalid_request"
    );
    site.told(give(&owner, &editor.id), 204).await;
    assert_eq!(
        site.refused(give(&owner, &admin.id), 403).await,
        "not_allowed",
        "not any more"
    );
    site.told(role(&editor, &team, &owner, "viewer"), 204).await;
    let shown = site
        .told(get(&format!("/teams/{team}"), &editor.token), 200)
        .await;
    assert_eq!(
        (&shown["role"], &shown["members"]),
        (&json!("owner"), &json!(4))
    );
}
