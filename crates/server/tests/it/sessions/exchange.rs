//! The exchange of codes.

use super::Stage;
use crate::app::Engine;
use crate::engines::on_both_engines;
use authn::exchange::CodeGrant;
use authn::{Error, Issued, Refusal};
use std::time::Duration;
use store::flows::{self, Flow};
use tokio::task::JoinSet;
use types::{Call, FlowId, Secret, SystemEntropy, Time, UserId};

on_both_engines!(
    a_code_is_spent_once,
    a_wrong_verifier_spends_nothing,
    provider_tokens_come_with_the_session,
    codes_expire,
    a_banned_user_gets_no_session,
);

const VERIFIER: &str = "a-verifier-of-more-than-forty-three-characters";

/// A flow that has come to its code.
async fn flow(stage: &Stage, user: UserId, change: impl FnOnce(&mut Flow)) -> Flow {
    let call = stage.call();
    let mut flow = Flow {
        id: FlowId::random(&SystemEntropy),
        user_id: Some(user),
        auth_code: Some(FlowId::random(&SystemEntropy).to_string()),
        code_challenge_method: Some("plain".to_owned()),
        code_challenge: Some(VERIFIER.to_owned()),
        provider_type: "google".to_owned(),
        provider_access_token: Some(String::new()),
        provider_refresh_token: Some(String::new()),
        created_at: call.now,
        authentication_method: "oauth".to_owned(),
        auth_code_issued_at: Some(call.now),
        invite_token: None,
        referrer: None,
        linking_target_id: None,
        email_optional: false,
    };
    change(&mut flow);
    let mut tx = stage.store().db(&call).begin().await.unwrap();
    flows::insert(&mut tx, &flow);
    tx.commit().await.unwrap();
    flow
}

async fn exchange(stage: &Stage, flow: &Flow, verifier: &str) -> Result<Issued, Error> {
    let grant = grant(flow, verifier);
    stage.authn.exchange_code(&stage.call(), grant).await
}

fn grant(flow: &Flow, verifier: &str) -> CodeGrant {
    CodeGrant {
        code: Secret::new(flow.auth_code.clone().unwrap()),
        verifier: Secret::new(verifier.to_owned()),
    }
}

fn refusal(outcome: Result<Issued, Error>) -> Refusal {
    match outcome {
        Err(Error::Refused(refusal)) => refusal,
        other => panic!("{other:?}"),
    }
}

async fn a_code_is_spent_once(engine: Engine) {
    let Some(stage) = Stage::open(engine, &[]).await else {
        return;
    };
    let user = stage.sign_in().await.account.user.id;
    let flow = flow(&stage, user, |_| {}).await;
    let mut presented = JoinSet::new();
    for _ in 0..30 {
        let (authn, call, grant) = (stage.authn.clone(), stage.call(), grant(&flow, VERIFIER));
        presented.spawn(async move { authn.exchange_code(&call, grant).await });
    }
    let outcomes = presented.join_all().await;
    let (won, lost): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(Result::is_ok);
    assert_eq!((won.len(), lost.len()), (1, 29));
    for outcome in lost {
        assert_eq!(refusal(outcome), Refusal::FlowNotFound);
    }
    // The sign-up and the exchange.
    assert_eq!(stage.value::<i64>("SELECT count(*) FROM sessions").await, 2);
}

async fn a_wrong_verifier_spends_nothing(engine: Engine) {
    let Some(stage) = Stage::open(engine, &[]).await else {
        return;
    };
    let user = stage.sign_in().await.account.user.id;
    let flow = flow(&stage, user, |_| {}).await;
    for wrong in ["x", &VERIFIER.to_uppercase()] {
        let outcome = exchange(&stage, &flow, wrong).await;
        assert_eq!(refusal(outcome), Refusal::BadCodeVerifier);
    }
    exchange(&stage, &flow, VERIFIER).await.expect("not spent");
}

async fn provider_tokens_come_with_the_session(engine: Engine) {
    let Some(stage) = Stage::open(engine, &[]).await else {
        return;
    };
    let user = stage.sign_in().await.account.user.id;
    let flow = flow(&stage, user, |flow| {
        flow.provider_access_token = Some("provider-access".to_owned());
    })
    .await;
    let issued = exchange(&stage, &flow, VERIFIER).await.unwrap();
    assert_eq!(issued.provider_token.as_deref(), Some("provider-access"));
    assert_eq!(issued.provider_refresh_token, None);
    let method = "SELECT authentication_method FROM mfa_amr_claims
                  WHERE authentication_method <> 'anonymous'";
    assert_eq!(stage.value::<String>(method).await, "oauth");
    assert_eq!(
        stage.value::<i64>("SELECT count(*) FROM flow_state").await,
        0
    );
}

async fn codes_expire(engine: Engine) {
    let Some(stage) = Stage::open(engine, &[]).await else {
        return;
    };
    let user = stage.sign_in().await.account.user.id;
    let call: Call = stage.call();
    let minutes = |minutes: u64| Duration::from_mins(minutes);
    let age = |created: u64, issued: u64| -> (Time, Option<Time>) {
        (
            call.now - minutes(created),
            Some(call.now - minutes(issued)),
        )
    };
    for (method, (created_at, issued_at), is_good) in [
        ("oauth", age(5, 0), true),
        ("oauth", age(6, 0), false),
        ("recovery", age(6, 0), false),
        ("magiclink", age(60, 5), true),
        ("magiclink", age(60, 6), false),
    ] {
        let flow = flow(&stage, user, |flow| {
            flow.authentication_method = method.to_owned();
            flow.created_at = created_at;
            flow.auth_code_issued_at = issued_at;
        })
        .await;
        let outcome = exchange(&stage, &flow, VERIFIER).await;
        if is_good {
            outcome.expect(method);
        } else {
            assert_eq!(refusal(outcome), Refusal::FlowExpired, "{method}");
        }
    }
}

async fn a_banned_user_gets_no_session(engine: Engine) {
    let Some(stage) = Stage::open(engine, &[]).await else {
        return;
    };
    let mut user = stage.sign_in().await.account.user;
    let flow = flow(&stage, user.id, |_| {}).await;
    let call = stage.call();
    let mut tx = stage.store().db(&call).begin().await.unwrap();
    user = store::users::lock(&mut tx, user.id).await.unwrap().unwrap();
    user.banned_until = Some(call.now + Duration::from_mins(1));
    store::users::save(&mut tx, &user);
    tx.commit().await.unwrap();
    let outcome = exchange(&stage, &flow, VERIFIER).await;
    assert_eq!(refusal(outcome), Refusal::UserBanned);
}
