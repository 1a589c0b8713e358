//! What happens at the same time.

use super::nodes::Other;
use super::{Site, act, delete, emergency_of, get, post, send, text};
use crate::app::Engine;
use crate::engines::on_both_engines;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

on_both_engines!(
    of_a_hundred_acceptances_one_joins,
    no_decision_after_a_removal_allows,
    no_decision_elsewhere_after_a_removal_allows,
    a_page_never_hides_that_an_emergency_shows_it,
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

/// The same on another server, for whoever names the version of the removal.
async fn no_decision_elsewhere_after_a_removal_allows(engine: Engine) {
    let Some(mut site) = Site::open(engine).await else {
        return;
    };
    let other = Arc::new(Other::over(&mut site).await);
    let (ann, bob) = (site.sign_up("ann").await, site.sign_up("bob").await);
    let team = site.team(&ann).await;
    site.join(&team, &ann, &bob, "editor").await;
    let project = site.project(&ann, "team-only").await;
    site.link(&ann, project, &team, "write").await;
    let removed = Arc::new(AtomicI64::new(0));
    let (allow, mut allowing) = tokio::sync::mpsc::channel(8);
    let mut asking = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let (removed, other, bob) = (Arc::clone(&removed), Arc::clone(&other), bob.clone());
        let allow = allow.clone();
        asking.spawn(async move {
            let mut denied = 0;
            let mut is_told = false;
            while denied < 5 {
                let version = removed.load(Ordering::SeqCst);
                let reply = if version == 0 {
                    let request = other.may_view(&bob, project);
                    request.send(other.address).await.expect("an answer")
                } else {
                    let request = other.may_view(&bob, project);
                    other.knowing(&version.to_string(), request).await
                };
                match reply.status {
                    200 => {
                        assert_eq!(version, 0, "asked with the version of the removal");
                        if !is_told {
                            is_told = true;
                            allow.send(()).await.expect("somebody waits");
                        }
                    }
                    404 => denied += 1,
                    status => panic!("{status}: {}", reply.text()),
                }
            }
        });
    }
    for _ in 0..8 {
        allowing.recv().await.expect("an allowed question");
    }
    let gone = delete(&format!("/teams/{team}/members/{}", bob.id), &ann.token);
    let reply = site.send(gone).await;
    assert_eq!(reply.status, 204);
    let version = reply.header("claviger-version").parse();
    removed.store(version.expect("a version"), Ordering::SeqCst);
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

/// Whoever lists while an emergency access begins and ends sees what it shows with the mark, or
/// not at all.
async fn a_page_never_hides_that_an_emergency_shows_it(engine: Engine) {
    let Some(site) = Site::open(engine).await else {
        return;
    };
    let (ann, bob) = (site.sign_up("ann").await, site.sign_up("bob").await);
    let (eve, fay) = (site.sign_up("eve").await, site.sign_up("fay").await);
    for admin in [&eve, &fay] {
        site.make_administrator(admin).await;
    }
    let generation = site.generation(&ann, None).await;
    let own = site.generation(&bob, None).await;
    let body = emergency_of(&bob, &format!("generation:{generation}"), 5);
    let over = Arc::new(AtomicBool::new(false));
    let mut listing = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let (over, token, address) = (Arc::clone(&over), bob.token.clone(), site.address);
        listing.spawn(async move {
            let mut marked = 0;
            while !over.load(Ordering::SeqCst) {
                let request = get("/authz/visible?type=generation", &token);
                let reply = request.send(address).await.expect("an answer");
                assert_eq!(reply.status, 200, "{}", reply.text());
                for item in reply.json()["items"].as_array().expect("a list") {
                    let is_own = item["id"] == json!(own);
                    assert_eq!(item["emergency"], json!(!is_own), "{item}");
                    marked += usize::from(!is_own);
                }
            }
            marked
        });
    }
    for _ in 0..30 {
        let asked = post("/authz/emergency", &eve.token, &body);
        let id = text(&site.told(asked, 201).await["id"]);
        for step in ["approve", "end"] {
            site.told(act(&id, step, &fay.token), 200).await;
        }
    }
    over.store(true, Ordering::SeqCst);
    let marked: usize = listing.join_all().await.into_iter().sum();
    println!("{marked} marks");
}
