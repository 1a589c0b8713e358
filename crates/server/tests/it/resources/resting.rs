//! Teams and memberships at rest: nothing is granted by them.

use super::teams::{member, team};
use super::{Person, Site, get, post, send, text};
use crate::app::Engine;
use crate::engines::on_both_engines;
use serde_json::json;

on_both_engines!(
    a_team_or_membership_at_rest_grants_nothing,
    whoever_rests_does_not_look,
);

async fn a_team_or_membership_at_rest_grants_nothing(engine: Engine) {
    let Some(site) = Site::open(engine).await else {
        return;
    };
    let (team, [owner, admin, _, editor]) = team(&site).await;
    let project = site.project(&owner, "team-only").await;
    site.link(&owner, project, &team, "admin").await;
    let project = format!("project:{project}");
    let may = async |who: &Person| site.method(who, "view", &project).await;
    let rest = |is_active: bool| json!({ "is_active": is_active });
    assert_eq!(may(&editor).await, "team_membership");
    let path = member(&team, &editor);
    site.told(send("PUT", &path, &admin.token, &rest(false)), 204)
        .await;
    assert_eq!(
        (may(&editor).await, may(&admin).await),
        (String::new(), "team_membership".into())
    );
    site.told(send("PUT", &path, &admin.token, &rest(true)), 204)
        .await;
    assert_eq!(may(&editor).await, "team_membership");
    let path = format!("/teams/{team}");
    let by_admin = send("PUT", &path, &admin.token, &rest(false));
    assert_eq!(site.refused(by_admin, 403).await, "not_allowed");
    let told = site
        .told(send("PUT", &path, &owner.token, &rest(false)), 200)
        .await;
    assert_eq!(told["is_active"], false);
    assert_eq!(
        (may(&editor).await, may(&admin).await),
        (String::new(), String::new())
    );
    let invited = json!({ "email": "x@example.com", "role": "viewer" });
    let inviting = post(
        &format!("/teams/{team}/invitations"),
        &admin.token,
        &invited,
    );
    assert_eq!(site.refused(inviting, 404).await, "not_found");
    site.told(send("PUT", &path, &owner.token, &rest(true)), 200)
        .await;
    assert_eq!(may(&admin).await, "team_membership");
}

/// Whoever rests is nobody to the team, but for its owner, who must find what is to be woken.
async fn whoever_rests_does_not_look(engine: Engine) {
    let Some(site) = Site::open(engine).await else {
        return;
    };
    let (team, [owner, admin, _, editor]) = team(&site).await;
    let project = site.project(&owner, "public").await;
    let generation = site.generation(&owner, Some(project)).await;
    let shared = format!("/authz/resources/generation/{generation}");
    let share = json!({ "team_id": team });
    site.told(send("PATCH", &shared, &owner.token, &share), 204)
        .await;
    let path = format!("/teams/{team}");
    let rest = |is_active: bool| json!({ "is_active": is_active });
    let listed = async |who: &Person| {
        let told = site.told(get("/teams", &who.token), 200).await;
        let items = told["items"].as_array().expect("a list").iter();
        items
            .map(|one| one["is_active"].clone())
            .collect::<Vec<_>>()
    };
    let refused = async |who: &Person| {
        for of_team in ["", "/members", "/invitations"] {
            let path = format!("{path}{of_team}");
            assert_eq!(
                site.refused(get(&path, &who.token), 404).await,
                "not_found",
                "{of_team}"
            );
        }
        assert_eq!(listed(who).await, [] as [serde_json::Value; 0]);
        let changing = send("PUT", &path, &who.token, &json!({ "name": "Mine" }));
        assert_eq!(site.refused(changing, 404).await, "not_found");
        let told = site.told(get(&shared, &who.token), 200).await;
        assert!(told["team_id"].is_null(), "{told}");
    };
    site.told(get(&path, &editor.token), 200).await;
    let told = site.told(get(&shared, &editor.token), 200).await;
    assert_eq!(text(&told["team_id"]), team);
    let membership = member(&team, &editor);
    site.told(send("PUT", &membership, &admin.token, &rest(false)), 204)
        .await;
    refused(&editor).await;
    assert_eq!(listed(&admin).await, [json!(true)]);
    site.told(send("PUT", &path, &owner.token, &rest(false)), 200)
        .await;
    refused(&admin).await;
    assert_eq!(listed(&owner).await, [json!(false)]);
    let told = site.told(get(&path, &owner.token), 200).await;
    assert_eq!(
        (&told["is_active"], &told["role"]),
        (&json!(false), &json!("owner"))
    );
    site.told(get(&format!("{path}/members"), &owner.token), 200)
        .await;
    // Leaving gives nothing to anybody.
    site.told(
        post(&format!("{path}/leave"), &editor.token, &json!({})),
        204,
    )
    .await;
    site.told(send("PUT", &path, &owner.token, &rest(true)), 200)
        .await;
    assert_eq!(listed(&admin).await, [json!(true)]);
    assert!(listed(&editor).await.is_empty());
}
