//! Many at once: one wins, and nobody hears of an accident.

use super::{PAST_REUSE, Stage};
use crate::app::Engine;
use crate::engines::on_both_engines;
use authn::{Error, Issued, Refusal};
use std::collections::BTreeSet;
use std::sync::Arc;
use tokio::task::JoinSet;

on_both_engines!(
    a_hundred_refreshes_of_a_token_get_one_successor,
    a_hundred_refreshes_of_a_count_get_one_successor,
    a_hundred_refreshes_upgrade_a_session_once,
    a_hundred_refreshes_of_a_spent_token_get_one_successor,
    a_hundred_replays_end_one_family_and_are_audited_once,
    refreshes_and_sign_outs_do_not_block_each_other,
);

const AT_ONCE: usize = 100;

/// Presents `token` many times at once.
async fn refresh_at_once(stage: &Stage, token: &str) -> Vec<Result<Issued, Error>> {
    let token: Arc<str> = token.into();
    let mut presented = JoinSet::new();
    for _ in 0..AT_ONCE {
        let (authn, call, token) = (stage.authn.clone(), stage.call(), Arc::clone(&token));
        presented.spawn(async move { authn.refresh(&call, &token).await });
    }
    presented.join_all().await
}

/// The refresh tokens that were handed out; all requests must have succeeded.
fn successors(answers: Vec<Result<Issued, Error>>) -> BTreeSet<String> {
    answers
        .into_iter()
        .map(|answer| answer.expect("honoured").refresh_token)
        .collect()
}

/// How many of the requests were the one that spent the token.
fn exchanged(answers: &[Result<Issued, Error>]) -> usize {
    let first = |answer: &&Result<Issued, Error>| {
        let trace = answer.as_ref().map(|issued| &issued.trace);
        trace.is_ok_and(|trace| trace.reuse == Some(false))
    };
    answers.iter().filter(first).count()
}

async fn live_tokens(stage: &Stage) -> i64 {
    stage
        .value("SELECT count(*) FROM refresh_tokens WHERE revoked = FALSE")
        .await
}

async fn a_hundred_refreshes_of_a_token_get_one_successor(engine: Engine) {
    let Some(stage) = Stage::open(engine, &[]).await else {
        return;
    };
    let token = stage.sign_in().await.refresh_token;
    let answers = refresh_at_once(&stage, &token).await;
    assert_eq!(exchanged(&answers), 1);
    let successors = successors(answers);
    assert_eq!(successors.len(), 1);
    assert_eq!(live_tokens(&stage).await, 1);
    for successor in successors {
        stage.refresh(&successor).await.expect("the current token");
    }
}

async fn a_hundred_refreshes_of_a_count_get_one_successor(engine: Engine) {
    let Some(stage) = Stage::of_second_generation(engine).await else {
        return;
    };
    let token = stage.sign_in().await.refresh_token;
    let answers = refresh_at_once(&stage, &token).await;
    assert_eq!(exchanged(&answers), 1);
    assert!(answers.iter().all(|answer| {
        let trace = answer.as_ref().map(|issued| &issued.trace);
        trace.is_ok_and(|trace| trace.refresh_token_counter == Some(1))
    }));
    assert_eq!(successors(answers).len(), 1);
    let count = "SELECT refresh_token_counter FROM sessions";
    assert_eq!(stage.value::<i64>(count).await, 1);
}

async fn a_hundred_refreshes_upgrade_a_session_once(engine: Engine) {
    let Some(mut stage) = Stage::open(engine, &[]).await else {
        return;
    };
    let token = stage.sign_in().await.refresh_token;
    let upgrading = super::environment(&[
        ("GOTRUE_SECURITY_REFRESH_TOKEN_ALGORITHM_VERSION", "2"),
        ("GOTRUE_SECURITY_REFRESH_TOKEN_UPGRADE_PERCENTAGE", "100"),
    ]);
    let server = stage.app.server("upgrading", &upgrading).await;
    stage.authn = server.built.app.authn.clone();
    let answers = refresh_at_once(&stage, &token).await;
    for answer in &answers {
        let trace = &answer.as_ref().expect("honoured").trace;
        assert!(trace.refresh_token_counter.is_some());
    }
    assert_eq!(live_tokens(&stage).await, 0);
    let keys = "SELECT count(*) FROM sessions WHERE refresh_token_hmac_key IS NOT NULL";
    assert_eq!(stage.value::<i64>(keys).await, 1);
    for successor in successors(answers) {
        stage.refresh(&successor).await.expect("within the window");
    }
}

async fn a_hundred_refreshes_of_a_spent_token_get_one_successor(engine: Engine) {
    let Some(stage) = Stage::open(engine, &[]).await else {
        return;
    };
    let first = stage.sign_in().await.refresh_token;
    let second = stage.refresh(&first).await.unwrap().refresh_token;
    stage.refresh(&second).await.unwrap();
    let successors = successors(refresh_at_once(&stage, &first).await);
    assert_eq!(successors.len(), 1);
    assert_eq!(live_tokens(&stage).await, 2);
}

async fn a_hundred_replays_end_one_family_and_are_audited_once(engine: Engine) {
    let Some(stage) = Stage::open(engine, &[]).await else {
        return;
    };
    let first = stage.sign_in().await.refresh_token;
    let second = stage.refresh(&first).await.unwrap().refresh_token;
    stage.refresh(&second).await.unwrap();
    stage.advance(PAST_REUSE);
    for answer in refresh_at_once(&stage, &first).await {
        let Err(Error::RefusedSession { refusal, .. }) = answer else {
            panic!("{answer:?}");
        };
        assert_eq!(refusal, Refusal::RefreshAlreadyUsed);
    }
    assert_eq!(live_tokens(&stage).await, 0);
    let replays = "SELECT count(*) FROM events WHERE event = 'refresh_token.replayed'";
    assert_eq!(stage.value::<i64>(replays).await, 1);
}

async fn refreshes_and_sign_outs_do_not_block_each_other(engine: Engine) {
    let Some(stage) = Stage::open(engine, &[]).await else {
        return;
    };
    for _ in 0..10 {
        let issued = stage.sign_in().await;
        let (authn, call) = (stage.authn.clone(), stage.call());
        let access = issued.access_token.clone();
        let mut leaving = tokio::task::JoinSet::new();
        leaving.spawn(async move { authn.sign_out(&call, Some(&access), "global").await });
        for answer in refresh_at_once(&stage, &issued.refresh_token).await {
            match answer {
                Ok(_) | Err(Error::Refused(Refusal::RefreshNotFound)) => {}
                Err(error) => panic!("{error}: {:?}", std::error::Error::source(&error)),
            }
        }
        let left = leaving.join_next().await.expect("it was started");
        left.expect("no panic").expect("signed out");
        let (refusal, _) = stage.refusal(&issued.refresh_token).await;
        assert_eq!(refusal, Refusal::RefreshNotFound);
    }
}
