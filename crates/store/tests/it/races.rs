//! What may happen once happens once, however many try at the same moment.

use crate::engine::{World, on_both_engines, uuid};
use crate::people::{NOW, stored_factor, stored_session, stored_user};
use std::collections::BTreeSet;
use std::time::Duration;
use store::factors::{self, Challenge};
use store::flows::{self, Flow};
use store::one_time_tokens::{self, TokenType};
use store::outbox::{self, Message};
use store::sessions::{self, Seen};
use store::{Db, refresh_tokens, refreshes};
use tokio::task::JoinSet;
use types::{ChallengeId, FlowId, MailId, OneTimeTokenId};

on_both_engines!(
    refresh_token_is_spent_once,
    session_counter_advances_once,
    session_is_upgraded_once,
    one_time_token_is_spent_once,
    flow_is_spent_once,
    challenge_is_answered_once,
    totp_step_is_used_once,
    message_is_claimed_once,
);

const RACERS: usize = 10;

const SEEN: Seen<'_> = Seen {
    at: NOW,
    user_agent: Some("racer"),
    ip: None,
};

/// What each of ten attempts at once returned.
async fn race<T, F>(world: &World, attempt: impl Fn(Db) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let racers: JoinSet<_> = (0..RACERS).map(|_| attempt(world.db())).collect();
    racers.join_all().await
}

fn winners(outcomes: Vec<bool>) -> usize {
    outcomes.into_iter().filter(|won| *won).count()
}

async fn refresh_token_is_spent_once(world: World) {
    let session = stored_session(&world).await;
    let mut tx = world.db().begin().await.unwrap();
    refresh_tokens::insert(&mut tx, "t0", session.user_id, session.id, None, NOW);
    tx.commit().await.unwrap();
    let attempts = race(&world, |db| async move {
        let mut tx = db.begin().await.unwrap();
        let won = refreshes::revoke(&mut tx, "t0", NOW).await.unwrap();
        if won {
            refresh_tokens::insert(&mut tx, "t1", session.user_id, session.id, Some("t0"), NOW);
        }
        tx.commit().await.unwrap();
        won
    });
    assert_eq!(winners(attempts.await), 1);
    let live = refresh_tokens::active_of_session(&mut world.db(), session.id).await;
    assert_eq!(live.unwrap().unwrap().token, "t1");
}

async fn session_counter_advances_once(world: World) {
    let session = stored_session(&world).await;
    let mut tx = world.db().begin().await.unwrap();
    assert!(
        sessions::upgrade(&mut tx, session.id, "key", SEEN)
            .await
            .unwrap()
    );
    tx.commit().await.unwrap();
    let attempts = race(&world, move |db| async move {
        let mut tx = db.begin().await.unwrap();
        let won = sessions::advance(&mut tx, session.id, 0, SEEN)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        won
    });
    assert_eq!(winners(attempts.await), 1);
    let mut tx = world.db().begin().await.unwrap();
    let read = sessions::lock(&mut tx, session.id).await.unwrap().unwrap();
    assert_eq!(read.refresh_token_counter, Some(1));
    assert_eq!((read.refreshed_at, read.updated_at), (Some(NOW), NOW));
}

async fn session_is_upgraded_once(world: World) {
    let id = stored_session(&world).await.id;
    let attempts = race(&world, move |db| async move {
        let mut tx = db.begin().await.unwrap();
        let won = sessions::upgrade(&mut tx, id, "key", SEEN).await.unwrap();
        tx.commit().await.unwrap();
        won
    });
    assert_eq!(winners(attempts.await), 1);
}

async fn one_time_token_is_spent_once(world: World) {
    let user = stored_user(&world).await.id;
    let mut tx = world.db().begin().await.unwrap();
    let id = OneTimeTokenId(uuid());
    one_time_tokens::put(
        &mut tx,
        id,
        user,
        TokenType::Recovery,
        "hash",
        "a@example.com",
        NOW,
    );
    tx.commit().await.unwrap();
    let attempts = race(&world, move |db| async move {
        let mut tx = db.begin().await.unwrap();
        let won = one_time_tokens::spend(&mut tx, user, TokenType::Recovery, "hash").await;
        tx.commit().await.unwrap();
        won.unwrap()
    });
    assert_eq!(winners(attempts.await), 1);
}

async fn flow_is_spent_once(world: World) {
    let flow = Flow {
        id: FlowId(uuid()),
        user_id: None,
        auth_code: Some("code".to_owned()),
        code_challenge_method: Some("s256".to_owned()),
        code_challenge: Some("challenge".to_owned()),
        provider_type: "email".to_owned(),
        provider_access_token: None,
        provider_refresh_token: None,
        created_at: NOW,
        authentication_method: "magiclink".to_owned(),
        auth_code_issued_at: None,
        invite_token: None,
        referrer: None,
        linking_target_id: None,
        email_optional: false,
    };
    let id = flow.id;
    let mut tx = world.db().begin().await.unwrap();
    flows::insert(&mut tx, &flow);
    tx.commit().await.unwrap();
    let attempts = race(&world, move |db| async move {
        let mut tx = db.begin().await.unwrap();
        let won = flows::spend(&mut tx, id).await.unwrap();
        tx.commit().await.unwrap();
        won
    });
    assert_eq!(winners(attempts.await), 1);
}

async fn challenge_is_answered_once(world: World) {
    let factor = stored_factor(&world).await.id;
    let challenge = Challenge {
        id: ChallengeId(uuid()),
        factor_id: factor,
        created_at: NOW,
        verified_at: None,
        ip_address: [192, 0, 2, 7].into(),
        otp_code: None,
    };
    let mut tx = world.db().begin().await.unwrap();
    factors::insert_challenge(&mut tx, &challenge);
    tx.commit().await.unwrap();
    let id = challenge.id;
    let attempts = race(&world, move |db| async move {
        let mut tx = db.begin().await.unwrap();
        let won = factors::verify_challenge(&mut tx, id, factor, NOW)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        won
    });
    assert_eq!(winners(attempts.await), 1);
}

async fn totp_step_is_used_once(world: World) {
    let factor = stored_factor(&world).await.id;
    let attempts = race(&world, move |db| async move {
        let mut tx = db.begin().await.unwrap();
        factors::use_step(&mut tx, factor, 58_000_000, 57_999_999, NOW);
        match tx.commit().await {
            Ok(()) => true,
            Err(e) => {
                assert!(
                    e.is_duplicate("totp_uses.factor_id, totp_uses.step"),
                    "{e:?}"
                );
                false
            }
        }
    });
    assert_eq!(winners(attempts.await), 1);
}

async fn message_is_claimed_once(world: World) {
    const MESSAGES: usize = 40;
    let mut tx = world.db().begin().await.unwrap();
    for _ in 0..MESSAGES {
        let message = Message {
            id: MailId(uuid()),
            kind: "recovery".to_owned(),
            recipient: "a@example.com".to_owned(),
            subject: "s".to_owned(),
            text: "t".to_owned(),
            html: "h".to_owned(),
            user_id: None,
            created_at: NOW,
            attempts: 0,
        };
        outbox::put(&mut tx, &message);
    }
    tx.commit().await.unwrap();
    let until = NOW + Duration::from_mins(1);
    let attempts = race(&world, move |db| async move {
        let mut tx = db.begin().await.unwrap();
        let claimed = outbox::claim(&mut tx, "node", NOW, until, 8).await.unwrap();
        tx.commit().await.unwrap();
        claimed
    });
    let claimed: Vec<_> = attempts.await.into_iter().flatten().collect();
    let distinct: BTreeSet<_> = claimed.iter().map(|message| message.id).collect();
    assert_eq!(
        claimed.len(),
        distinct.len(),
        "nobody claims what another has"
    );
    assert_eq!(claimed.len(), MESSAGES, "and nothing is left");
}
