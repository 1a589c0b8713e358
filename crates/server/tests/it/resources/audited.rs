//! Each change of resources, teams and emergencies has its row in the audit log, and one alone.

use super::{Site, act, delete, emergency_of, fresh, get, post, question, send, text};
use crate::app::Engine;
use crate::engines::on_both_engines;
use serde_json::{Value as Json, json};
use testkit::http::Request;

on_both_engines!(
    each_change_of_a_resource_is_written_down,
    each_change_of_a_team_is_written_down,
    each_step_of_an_emergency_is_written_down,
    what_goes_with_an_account_is_written_down,
    each_question_of_a_service_is_written_down,
);

/// Makes a request that must add this event, and no other one of ours.
async fn adds(site: &Site, request: Request, event: &str) -> Json {
    let before = site.events().await;
    let reply = site.send(request).await;
    assert!(reply.status < 300, "{event}: {}", reply.text());
    let mut after = site.events().await;
    for known in &before {
        let place = after.iter().position(|one| one == known);
        after.remove(place.expect("nothing is taken away"));
    }
    assert_eq!(after, [event]);
    if reply.text().is_empty() {
        Json::Null
    } else {
        reply.json()
    }
}

async fn each_change_of_a_resource_is_written_down(engine: Engine) {
    let Some(site) = Site::open(engine).await else {
        return;
    };
    let (ann, bob) = (site.sign_up("ann").await, site.sign_up("bob").await);
    let team = site.team(&ann).await;
    let (id, token) = (fresh(), &ann.token);
    let project = json!({ "type": "project", "id": id });
    let path = format!("/authz/resources/project/{id}");
    let put = |tail: &str, body: Json| send("PUT", &format!("{path}/{tail}"), token, &body);
    let (teams, grants) = (format!("teams/{team}"), format!("grants/{}", bob.id));
    let mut about = question("view", &format!("project:{id}"));
    about["user_id"] = json!(bob.id);
    for (request, event) in [
        (
            post("/authz/resources", token, &project),
            "resource.registered",
        ),
        (
            send("PATCH", &path, token, &json!({ "visibility": "public" })),
            "resource.changed",
        ),
        (
            put("privacy", json!({ "hide_from_other_teams": false })),
            "project.privacy_changed",
        ),
        (
            put(&teams, json!({ "access_level": "read" })),
            "project.team_linked",
        ),
        (
            delete(&format!("{path}/{teams}"), token),
            "project.team_unlinked",
        ),
        (put(&grants, json!({ "level": "read" })), "grant.given"),
        (delete(&format!("{path}/{grants}"), token), "grant.revoked"),
        (
            post("/authz/authorize", &site.secret, &about),
            "decision.asked",
        ),
        (delete(&path, token), "resource.deleted"),
    ] {
        adds(&site, request, event).await;
    }
}

async fn each_change_of_a_team_is_written_down(engine: Engine) {
    let Some(site) = Site::open(engine).await else {
        return;
    };
    let (ann, bob) = (site.sign_up("ann").await, site.sign_up("bob").await);
    let token = &ann.token;
    let made = post("/teams", token, &json!({ "name": "A team" }));
    let team = text(&adds(&site, made, "team.created").await["id"]);
    let path = format!("/teams/{team}");
    let renamed = send("PUT", &path, token, &json!({ "name": "Another" }));
    adds(&site, renamed, "team.changed").await;
    let invite = async |role: &str| {
        let body = json!({ "email": bob.email, "role": role });
        let sent = post(&format!("{path}/invitations"), token, &body);
        let sent = adds(&site, sent, "team.invitation_sent").await;
        json!({ "invitation_id": sent["id"] })
    };
    let answer =
        |word: &str, offer: &Json| post(&format!("/teams/invitations/{word}"), &bob.token, offer);
    let offer = invite("viewer").await;
    let declined = answer("decline", &offer);
    adds(&site, declined, "team.invitation_declined").await;
    let offer = invite("viewer").await;
    let id = text(&offer["invitation_id"]);
    let withdrawn = delete(&format!("{path}/invitations/{id}"), token);
    adds(&site, withdrawn, "team.invitation_withdrawn").await;
    let member = format!("{path}/members/{}", bob.id);
    let role = |role: &str| send("PUT", &member, token, &json!({ "role": role }));
    let leave = post(&format!("{path}/leave"), &bob.token, &json!({}));
    let offer = invite("viewer").await;
    adds(&site, answer("accept", &offer), "team.member_joined").await;
    adds(&site, role("editor"), "team.member_changed").await;
    adds(&site, leave, "team.member_left").await;
    let offer = invite("viewer").await;
    adds(&site, answer("accept", &offer), "team.member_joined").await;
    adds(&site, delete(&member, token), "team.member_removed").await;
    let offer = invite("admin").await;
    adds(&site, answer("accept", &offer), "team.member_joined").await;
    let given = post(
        &format!("{path}/transfer"),
        token,
        &json!({ "user_id": bob.id }),
    );
    adds(&site, given, "team.transferred").await;
    adds(&site, delete(&path, &bob.token), "team.deleted").await;
}

async fn each_step_of_an_emergency_is_written_down(engine: Engine) {
    let Some(site) = Site::open(engine).await else {
        return;
    };
    let (ann, bob) = (site.sign_up("ann").await, site.sign_up("bob").await);
    let (eve, fay) = (site.sign_up("eve").await, site.sign_up("fay").await);
    for admin in [&eve, &fay] {
        site.make_administrator(admin).await;
    }
    let project = site.project(&ann, "private").await;
    let body = emergency_of(&bob, &format!("project:{project}"), 5);
    let asked = post("/authz/emergency", &eve.token, &body);
    let id = text(&adds(&site, asked, "emergency.requested").await["id"]);
    let about = question("view", &format!("project:{project}"));
    for (request, event) in [
        (act(&id, "approve", &fay.token), "emergency.approved"),
        (
            post("/authz/authorize", &bob.token, &about),
            "emergency.used",
        ),
        (act(&id, "end", &eve.token), "emergency.ended"),
    ] {
        adds(&site, request, event).await;
    }
}

async fn what_goes_with_an_account_is_written_down(engine: Engine) {
    let Some(site) = Site::open(engine).await else {
        return;
    };
    let ann = site.sign_up("ann").await;
    let team = site.team(&ann).await;
    site.project(&ann, "private").await;
    let gone = Request::new("DELETE", format!("/auth/v1/admin/users/{}", ann.id));
    let gone = gone.bearer(&site.secret).json(&json!({}));
    site.told(gone, 200).await;
    let details = "SELECT CAST(detail AS TEXT) FROM events WHERE event = 'resource.deleted'";
    let details = site.texts(details).await;
    assert_eq!(details.len(), 1, "{details:?}");
    assert!(details[0].contains(&team), "{details:?}");
}

/// One row for each request, however many it asks about; whoever asks for themselves leaves none.
async fn each_question_of_a_service_is_written_down(engine: Engine) {
    let Some(site) = Site::open(engine).await else {
        return;
    };
    let ann = site.sign_up("ann").await;
    let project = site.project(&ann, "private").await;
    let generation = site.generation(&ann, Some(project)).await;
    let media = site.media(&ann, generation).await;
    let asked = question("view", &format!("project:{project}"));
    let batch = json!({ "items": [asked, asked] });
    let whole = json!({ "type": "project", "id": project });
    let sign = json!({ "media_id": media });
    for (path, body) in [
        ("/authz/authorize", &asked),
        ("/authz/authorize/batch", &batch),
        ("/authz/authorize/permissions", &whole),
        ("/media/sign", &sign),
    ] {
        let before = site.events().await;
        let own = site.send(post(path, &ann.token, body)).await;
        assert!(own.status < 300, "{path}: {}", own.text());
        assert_eq!(site.events().await, before, "{path}");
        let mut named = body.clone();
        named["user_id"] = json!(ann.id);
        adds(&site, post(path, &site.secret, &named), "decision.asked").await;
    }
    for path in ["/authz/visible?type=project&", "/teams?"] {
        let path = format!("{path}user_id={}", ann.id);
        adds(&site, get(&path, &site.secret), "decision.asked").await;
    }
    let rows = "SELECT CAST(subject_id AS TEXT) FROM events WHERE event = 'decision.asked'";
    assert_eq!(site.texts(rows).await.len(), 6);
}
