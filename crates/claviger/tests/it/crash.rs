//! `kill -9` under load: what was acknowledged is there, and the server starts again.

use crate::process::{Engine, Place, Server, call, on_both_engines, sign_up};
use store::accounts;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use types::Email;

/// People who sign up at the same time, one after the other each.
const CLIENTS: usize = 8;
/// The server is killed when so many have been told that they have an account.
const ACKNOWLEDGED: usize = 40;
const KILLS: usize = 2;

on_both_engines!(a_killed_server_has_kept_every_acknowledged_sign_up);

async fn a_killed_server_has_kept_every_acknowledged_sign_up(engine: Engine) {
    let Some(place) = Place::open(engine).await else {
        return;
    };
    let place = place.with("CLAVIGER_HTTP_REQUEST_DEADLINE", "300s");
    let mut known: Vec<String> = Vec::new();
    for round in 0..KILLS {
        let mut server = place.serve().await;
        for email in &known {
            assert!(is_there(&place, email).await, "{email} was acknowledged");
        }
        known.extend(sign_up_until_killed(&mut server, round).await);
    }
    let server = place.serve().await;
    for email in &known {
        assert!(is_there(&place, email).await, "{email} was acknowledged");
    }
    assert!(server.can_sign_in(&known[0]).await);
    assert!(server.can_sign_in(&known[known.len() - 1]).await);
    server.sign_up("afterwards@example.com").await;
    server.stop().await;
}

/// Whoever was told that they have an account.
async fn sign_up_until_killed(server: &mut Server, round: usize) -> Vec<String> {
    let (told, mut acknowledged) = mpsc::channel(CLIENTS);
    let mut clients = JoinSet::new();
    for client in 0..CLIENTS {
        let (address, told) = (server.address, told.clone());
        clients.spawn(async move {
            for number in 0.. {
                let email = format!("person{round}-{client}-{number}@example.com");
                match sign_up(&email).send(address).await {
                    Ok(reply) if reply.status == 200 => {
                        if told.send(email).await.is_err() {
                            return;
                        }
                    }
                    // The server is gone, or went while it answered.
                    _ => return,
                }
            }
        });
    }
    drop(told);
    let mut known = Vec::new();
    while let Some(email) = acknowledged.recv().await {
        known.push(email);
        if known.len() == ACKNOWLEDGED {
            server.signal("KILL").await;
        }
    }
    assert_eq!(server.ended().await.code(), None, "it was killed");
    assert!(known.len() >= ACKNOWLEDGED);
    known
}

async fn is_there(place: &Place, email: &str) -> bool {
    let store = place.store();
    let email = Email::parse(email).expect("an address");
    let mut db = store.db(&call());
    let found = accounts::find_by_email(&mut db, &email, "authenticated").await;
    let found = found.expect("the account").is_some();
    drop(db);
    store.close();
    found
}
