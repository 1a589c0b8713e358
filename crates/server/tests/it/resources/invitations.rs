//! Invitations: by mail, for one address, once, for a week.

use super::{Person, Site, delete, get, post, text};
use crate::app::Engine;
use crate::engines::on_both_engines;
use serde_json::{Value as Json, json};
use std::time::Duration;

on_both_engines!(
    an_invitation_leaves_by_mail_and_is_accepted_once,
    an_invitation_is_good_for_its_address_only,
    an_address_must_be_confirmed,
    an_invitation_ends_after_a_week,
    an_invitation_is_declined_or_withdrawn,
    who_is_invited_or_a_member_is_not_invited_again,
    tokens_are_not_kept,
    nobodys_mailbox_is_filled,
    nobody_invites_more_than_fifty_in_an_hour,
    an_invitation_stands_as_long_as_who_sent_it,
);

const WEEK: Duration = Duration::from_secs(7 * 24 * 60 * 60);

async fn invite(site: &Site, team: &str, owner: &Person, email: &str) -> (Json, String) {
    let body = json!({ "email": email, "role": "editor" });
    let path = format!("/teams/{team}/invitations");
    let sent = site.told(post(&path, &owner.token, &body), 201).await;
    let mail = site.mails_to(email).await.pop().expect("a mail");
    let token = mail.text.split("#team_invitation=").nth(1).expect("a link");
    let token = token.lines().next().expect("a token").to_owned();
    assert!(mail.html.contains(&token) && mail.text.contains("http://app.example.test#"));
    (sent, token)
}

fn accept(who: &Person, token: &str) -> testkit::http::Request {
    post(
        "/teams/invitations/accept",
        &who.token,
        &json!({ "token": token }),
    )
}

async fn an_invitation_leaves_by_mail_and_is_accepted_once(engine: Engine) {
    let Some(site) = Site::open(engine).await else {
        return;
    };
    let (ann, bob) = (site.sign_up("ann").await, site.sign_up("bob").await);
    let team = site.team(&ann).await;
    let (sent, token) = invite(
        &site,
        &team,
        &ann,
        "Bob@Example.com".to_lowercase().as_str(),
    )
    .await;
    assert_eq!(
        (&sent["status"], &sent["role"]),
        (&json!("pending"), &json!("editor"))
    );
    assert!(sent.get("token").is_none());
    let mine = site.told(get("/teams/invitations", &bob.token), 200).await;
    assert_eq!(mine["items"][0]["team_name"], "A team");
    let joined = site.told(accept(&bob, &token), 200).await;
    assert_eq!(
        (&joined["status"], &joined["team_id"]),
        (&json!("accepted"), &json!(team))
    );
    assert_eq!(
        site.refused(accept(&bob, &token), 409).await,
        "conflict",
        "replayed"
    );
    let leave = post(&format!("/teams/{team}/leave"), &bob.token, &json!({}));
    site.told(leave, 204).await;
    let again = site.told(accept(&bob, &token), 409).await;
    assert!(
        text(&again["detail"]).contains("accepted already"),
        "{again}"
    );
    let mine = site.told(get("/teams/invitations", &bob.token), 200).await;
    assert_eq!(mine["items"], json!([]));
    let events = site.events().await;
    assert_eq!(
        events,
        [
            "team.created",
            "team.invitation_sent",
            "team.member_joined",
            "team.member_left"
        ]
    );
}

async fn an_invitation_is_good_for_its_address_only(engine: Engine) {
    let Some(site) = Site::open(engine).await else {
        return;
    };
    let (ann, bob, eve) = (
        site.sign_up("ann").await,
        site.sign_up("bob").await,
        site.sign_up("eve").await,
    );
    let team = site.team(&ann).await;
    let (sent, token) = invite(&site, &team, &ann, &bob.email).await;
    assert_eq!(site.refused(accept(&eve, &token), 403).await, "not_allowed");
    let by_id = json!({ "invitation_id": sent["id"] });
    let by_id = post("/teams/invitations/accept", &eve.token, &by_id);
    assert_eq!(
        site.refused(by_id, 404).await,
        "not_found",
        "ids tell nothing"
    );
    let decline = json!({ "token": token });
    let decline = post("/teams/invitations/decline", &eve.token, &decline);
    assert_eq!(site.refused(decline, 403).await, "not_allowed");
    for guess in ["", "x", &token[1..]] {
        assert_eq!(site.refused(accept(&bob, guess), 404).await, "not_found");
    }
    let service = post(
        "/teams/invitations/accept",
        &site.secret,
        &json!({ "token": token }),
    );
    assert_eq!(site.refused(service, 403).await, "person_only");
    let both = json!({ "token": token, "invitation_id": sent["id"] });
    let both = post("/teams/invitations/accept", &bob.token, &both);
    assert_eq!(site.refused(both, 422).await, "invalid_request");
    site.told(accept(&bob, &token), 200).await;
}

async fn an_address_must_be_confirmed(engine: Engine) {
    let Some(site) = Site::open(engine).await else {
        return;
    };
    let (ann, bob) = (site.sign_up("ann").await, site.sign_up("bob").await);
    let team = site.team(&ann).await;
    let (sent, token) = invite(&site, &team, &ann, &bob.email).await;
    // As if somebody else had typed the address into a form.
    site.script("UPDATE users SET email_confirmed_at = NULL WHERE email = 'bob@example.com'")
        .await;
    assert_eq!(site.refused(accept(&bob, &token), 403).await, "not_allowed");
    let by_id = json!({ "invitation_id": sent["id"] });
    let by_id = post("/teams/invitations/accept", &bob.token, &by_id);
    assert_eq!(site.refused(by_id, 404).await, "not_found");
    let mine = site.told(get("/teams/invitations", &bob.token), 200).await;
    assert_eq!(mine["items"], json!([]));
}

async fn an_invitation_ends_after_a_week(engine: Engine) {
    let Some(site) = Site::open(engine).await else {
        return;
    };
    let (ann, bob) = (site.sign_up("ann").await, site.sign_up("bob").await);
    let team = site.team(&ann).await;
    let (_, token) = invite(&site, &team, &ann, &bob.email).await;
    site.advance(WEEK);
    let (ann, bob) = (site.sign_in(&ann).await, site.sign_in(&bob).await);
    assert_eq!(site.refused(accept(&bob, &token), 410).await, "ended");
    let mine = site.told(get("/teams/invitations", &bob.token), 200).await;
    assert_eq!(mine["items"], json!([]));
    let (_, newer) = invite(&site, &team, &ann, &bob.email).await;
    assert_eq!(
        site.refused(accept(&bob, &token), 409).await,
        "conflict",
        "it was replaced"
    );
    site.advance(Duration::from_secs(7 * 24 * 60 * 60 - 60));
    let bob = site.sign_in(&bob).await;
    site.told(accept(&bob, &newer), 200).await;
}

async fn an_invitation_is_declined_or_withdrawn(engine: Engine) {
    let Some(site) = Site::open(engine).await else {
        return;
    };
    let (ann, bob) = (site.sign_up("ann").await, site.sign_up("bob").await);
    let team = site.team(&ann).await;
    let (_, token) = invite(&site, &team, &ann, &bob.email).await;
    let decline = json!({ "token": token });
    let decline = post("/teams/invitations/decline", &bob.token, &decline);
    site.told(decline, 204).await;
    assert_eq!(site.refused(accept(&bob, &token), 409).await, "conflict");
    let (sent, token) = invite(&site, &team, &ann, &bob.email).await;
    let path = format!("/teams/{team}/invitations/{}", text(&sent["id"]));
    assert_eq!(
        site.refused(delete(&path, &bob.token), 404).await,
        "not_found"
    );
    let other = site.team(&ann).await;
    let elsewhere = format!("/teams/{other}/invitations/{}", text(&sent["id"]));
    assert_eq!(
        site.refused(delete(&elsewhere, &ann.token), 404).await,
        "not_found"
    );
    site.told(delete(&path, &ann.token), 204).await;
    assert_eq!(site.refused(accept(&bob, &token), 409).await, "conflict");
    let listed = site
        .told(get(&format!("/teams/{team}/invitations"), &ann.token), 200)
        .await;
    let statuses = listed["items"].as_array().expect("a list").iter();
    let statuses: Vec<_> = statuses.map(|one| text(&one["status"])).collect();
    assert_eq!(statuses.len(), 2);
    assert!(statuses.contains(&"declined".into()) && statuses.contains(&"withdrawn".into()));
}

async fn who_is_invited_or_a_member_is_not_invited_again(engine: Engine) {
    let Some(site) = Site::open(engine).await else {
        return;
    };
    let (ann, bob) = (site.sign_up("ann").await, site.sign_up("bob").await);
    let team = site.team(&ann).await;
    let again = |email: &str| {
        let body = json!({ "email": email, "role": "viewer" });
        post(&format!("/teams/{team}/invitations"), &ann.token, &body)
    };
    let (_, token) = invite(&site, &team, &ann, &bob.email).await;
    assert_eq!(
        site.refused(again("BOB@example.com"), 409).await,
        "conflict"
    );
    site.told(accept(&bob, &token), 200).await;
    assert_eq!(site.refused(again(&bob.email), 409).await, "conflict");
    assert_eq!(site.refused(again(&ann.email), 409).await, "conflict");
    assert_eq!(
        site.refused(again("no address"), 422).await,
        "invalid_request"
    );
    assert_eq!(site.mails_to(&bob.email).await.len(), 1);
}

async fn tokens_are_not_kept(engine: Engine) {
    let Some(site) = Site::open(engine).await else {
        return;
    };
    let ann = site.sign_up("ann").await;
    let team = site.team(&ann).await;
    let (_, token) = invite(&site, &team, &ann, "bob@example.com").await;
    assert_eq!(token.len(), 43, "256 bits");
    let sql = match engine {
        Engine::Sqlite => "SELECT hex(token_hash) FROM team_invitations",
        Engine::Postgres => "SELECT upper(encode(token_hash, 'hex')) FROM team_invitations",
    };
    let kept = site.texts(sql).await;
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, token.as_bytes());
    assert_eq!(kept, [data_encoding::HEXUPPER.encode(hash.as_ref())]);
    let details = site.texts("SELECT CAST(detail AS TEXT) FROM events").await;
    assert!(
        details
            .iter()
            .all(|one| !one.contains(&token) && !one.contains("bob@example.com"))
    );
}

async fn nobodys_mailbox_is_filled(engine: Engine) {
    let Some(site) = Site::open(engine).await else {
        return;
    };
    let mut inviters = vec![site.sign_up("ann").await];
    let mut sent = 0;
    let invite = |token: &str, team: &str, email: &str| {
        let body = json!({ "email": email, "role": "viewer" });
        post(&format!("/teams/{team}/invitations"), token, &body)
    };
    let mut refused = None;
    while sent < 20 && refused.is_none() {
        let team = site.team(&inviters[0]).await;
        let request = invite(&inviters[0].token, &team, "victim@example.com");
        let reply = site.send(request).await;
        site.told(delete(&format!("/teams/{team}"), &inviters[0].token), 204)
            .await;
        match reply.status {
            201 => sent += 1,
            _ => refused = Some(reply),
        }
    }
    let refused = refused.expect("an end");
    assert_eq!((sent, refused.status), (10, 429), "{}", refused.text());
    assert!(
        refused
            .header("retry-after")
            .parse::<u64>()
            .expect("seconds")
            > 0
    );
    inviters.push(site.sign_up("bob").await);
    let team = site.team(&inviters[1]).await;
    let other = invite(&inviters[1].token, &team, "victim@example.com");
    assert_eq!(
        site.refused(other, 429).await,
        "too_many_requests",
        "whoever it is"
    );
    let another = invite(&inviters[1].token, &team, "else@example.com");
    site.told(another, 201).await;
}

async fn nobody_invites_more_than_fifty_in_an_hour(engine: Engine) {
    let Some(site) = Site::open(engine).await else {
        return;
    };
    let ann = site.sign_up("ann").await;
    let body = json!({ "name": "Many", "max_members": 100 });
    let team = text(&site.told(post("/teams", &ann.token, &body), 201).await["id"]);
    let invite = |token: &str, number: usize| {
        let body = json!({ "email": format!("guest{number}@example.com"), "role": "viewer" });
        post(&format!("/teams/{team}/invitations"), token, &body)
    };
    for number in 0..50 {
        site.told(invite(&ann.token, number), 201).await;
    }
    let refused = site.send(invite(&ann.token, 50)).await;
    assert_eq!(refused.status, 429, "{}", refused.text());
    let wait: u64 = refused.header("retry-after").parse().expect("seconds");
    // A service is not counted, and nobody waits longer than they were told.
    site.told(invite(&site.secret, 51), 201).await;
    site.advance(Duration::from_secs(wait));
    site.told(invite(&ann.token, 50), 201).await;
}

async fn an_invitation_stands_as_long_as_who_sent_it(engine: Engine) {
    let Some(site) = Site::open(engine).await else {
        return;
    };
    let (ann, eve) = (site.sign_up("ann").await, site.sign_up("eve").await);
    let (bob, cy) = (site.sign_up("bob").await, site.sign_up("cy").await);
    let team = site.team(&ann).await;
    site.join(&team, &ann, &eve, "admin").await;
    let (_, of_bob) = invite(&site, &team, &eve, &bob.email).await;
    let (_, of_cy) = invite(&site, &team, &eve, &cy.email).await;
    let member = format!("/teams/{team}/members/{}", eve.id);
    let role = |role: &str| super::send("PUT", &member, &ann.token, &json!({ "role": role }));
    site.told(role("editor"), 204).await;
    assert_eq!(site.refused(accept(&bob, &of_bob), 409).await, "conflict");
    site.told(role("admin"), 204).await;
    site.ban(&eve, "1h").await;
    assert_eq!(site.refused(accept(&bob, &of_bob), 409).await, "conflict");
    site.ban(&eve, "none").await;
    site.told(accept(&bob, &of_bob), 200).await;
    site.told(delete(&member, &ann.token), 204).await;
    assert_eq!(
        site.refused(accept(&cy, &of_cy), 409).await,
        "conflict",
        "she was removed"
    );
}
