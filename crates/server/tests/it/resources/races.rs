//! What happens at the same time.

use super::{Site, delete, get, post, send, text};
use crate::app::Engine;
use crate::engines::on_both_engines;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

on_both_engines!(
    of_a_hundred_acceptances_one_joins,
    no_decision_after_a_removal_allows,
    the_last_place_is_taken_once,
    one_registration_of_an_id_wins,
);

async fn of_a_hundred_acceptances_one_joins(engine: Engine) {
    let Some(site) = Site::open(engine).await else {
        return;
    };
    let (ann, bob) = (site.sign_up("ann").await, site.sign_up("bob").await);
    let team = site.team(&ann).await;
    let invitation = json!({ "email": bob.email, "role": "editor" });
    let path = format!("/teams/{team}/invitations");
    let sent = site.told(post(&path, &ann.token, &invitation), 201).await;
    let offer = json!({ "invitation_id": sent["id"] });
    let accept = || post("/teams/invitations/accept", &bob.token, &offer);
    let replies = site.at_once((0..100).map(|_| accept())).await;
    let joined = replies.iter().filter(|reply| reply.status == 200).count();
    assert_eq!(joined, 1);
    assert!(
        replies
            .iter()
            .all(|reply| [200, 409].contains(&reply.status))
    );
    let members = site
        .told(get(&format!("/teams/{team}/members"), &ann.token), 200)
        .await;
    assert_eq!(members["items"].as_array().map(Vec::len), Some(2));
    let joins = site.events().await;
    assert_eq!(
        joins
            .iter()
            .filter(|event| *event == "team.member_joined")
            .count(),
        1
    );
}

async fn no_decision_after_a_removal_allows(engine: Engine) {
    let Some(site) = Site::open(engine).await else {
        return;
    };
    let (ann, bob) = (site.sign_up("ann").await, site.sign_up("bob").await);
    let team = site.team(&ann).await;
    site.join(&team, &ann, &bob, "editor").await;
    let project = site.project(&ann, "team-only").await;
    site.link(&ann, project, &team, "write").await;
    let question = super::question("edit", &format!("project:{project}"));
    let removed = Arc::new(AtomicBool::new(false));
    let (allow, mut allowing) = tokio::sync::mpsc::channel(8);
    let mut asking = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let (removed, question, token) =
            (Arc::clone(&removed), question.clone(), bob.token.clone());
        let (address, allow) = (site.address, allow.clone());
        asking.spawn(async move {
            let (mut allowed, mut denied) = (0, 0);
            while denied < 5 {
                let was_removed = removed.load(Ordering::SeqCst);
                let request = post("/authz/authorize", &token, &question);
                let reply = request.send(address).await.expect("an answer");
                match reply.status {
                    200 => {
                        assert!(!was_removed, "asked after the removal was acknowledged");
                        allowed += 1;
                        if allowed == 1 {
                            allow.send(()).await.expect("somebody waits");
                        }
                    }
                    404 => denied += 1,
                    other => panic!("{other}: {}", reply.text()),
                }
            }
        });
    }
    // Each has been allowed before somebody takes the membership away.
    for _ in 0..8 {
        allowing.recv().await.expect("an allowed question");
    }
    site.told(
        delete(&format!("/teams/{team}/members/{}", bob.id), &ann.token),
        204,
    )
    .await;
    removed.store(true, Ordering::SeqCst);
    asking.join_all().await;
}

async fn the_last_place_is_taken_once(engine: Engine) {
    let Some(site) = Site::open(engine).await else {
        return;
    };
    let ann = site.sign_up("ann").await;
    let team = site.team(&ann).await;
    let mut accepting = Vec::new();
    for number in 0..5 {
        let guest = site.sign_up(&format!("guest{number}")).await;
        let body = json!({ "email": guest.email, "role": "viewer" });
        let path = format!("/teams/{team}/invitations");
        let sent = site.told(post(&path, &ann.token, &body), 201).await;
        let offer = json!({ "invitation_id": sent["id"] });
        accepting.push(post("/teams/invitations/accept", &guest.token, &offer));
    }
    let size = send(
        "PUT",
        &format!("/teams/{team}"),
        &ann.token,
        &json!({ "max_members": 2 }),
    );
    site.told(size, 200).await;
    let replies = site.at_once(accepting).await;
    let mut statuses: Vec<_> = replies.iter().map(|reply| reply.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409, 409, 409, 409]);
}

async fn one_registration_of_an_id_wins(engine: Engine) {
    let Some(site) = Site::open(engine).await else {
        return;
    };
    let id = super::fresh();
    let mut registering = Vec::new();
    let mut people = Vec::new();
    for number in 0..6 {
        let person = site.sign_up(&format!("person{number}")).await;
        let body = json!({ "type": "project", "id": id });
        registering.push(post("/authz/resources", &person.token, &body));
        people.push(person);
    }
    let replies = site.at_once(registering).await;
    assert_eq!(
        replies.iter().filter(|reply| reply.status == 201).count(),
        1
    );
    let mut owners = 0;
    for person in &people {
        let answer = site.ask(person, "delete", &format!("project:{id}")).await;
        if answer["granted"] == json!(true) {
            assert_eq!(text(&answer["access_method"]), "direct_ownership");
            owners += 1;
        }
    }
    assert_eq!(owners, 1);
}
