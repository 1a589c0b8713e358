//! Refreshing: what it costs, what it writes, and how a replay ends.

use super::{PAST_REUSE, Stage};
use crate::app::Engine;
use crate::engines::on_both_engines;
use authn::Refusal;
use std::time::Duration;
use store::sessions;
use types::SessionId;

on_both_engines!(
    a_token_costs_few_statements,
    a_count_costs_few_statements,
    a_refresh_is_written_down,
    a_replayed_token_ends_its_family_once_and_is_audited,
    a_replayed_count_ends_its_session_and_is_audited,
    encrypted_keys_are_read_and_written,
    a_percentage_of_sessions_is_upgraded,
    tokens_without_a_session_are_told_apart,
    sessions_of_oauth_clients_are_left_to_them,
);

/// The budget of a refresh on PostgreSQL, `BEGIN` and `COMMIT` included. On SQLite statements cost
/// no round trips.
const STATEMENTS_MAX: u64 = 6;
const ROUND_TRIPS_MAX: u64 = 3;

async fn a_token_costs_few_statements(engine: Engine) {
    let Some(stage) = Stage::open(engine, &[]).await else {
        return;
    };
    assert_budget(&stage).await;
}

async fn a_count_costs_few_statements(engine: Engine) {
    let Some(stage) = Stage::of_second_generation(engine).await else {
        return;
    };
    assert_budget(&stage).await;
}

async fn assert_budget(stage: &Stage) {
    let token = stage.sign_in().await.refresh_token;
    let first = &token;
    let rotated = stage
        .cost(|call| async move { stage.authn.refresh(&call, first).await })
        .await;
    // Presented again at once, it gets the current one.
    let again = stage
        .cost(|call| async move { stage.authn.refresh(&call, first).await })
        .await;
    for cost in [rotated, again] {
        assert!(cost.round_trips() <= ROUND_TRIPS_MAX, "{cost:?}");
        if stage.engine() == Engine::Postgres {
            assert!(cost.statements() <= STATEMENTS_MAX, "{cost:?}");
        }
    }
}

async fn a_refresh_is_written_down(engine: Engine) {
    let Some(stage) = Stage::open(engine, &[]).await else {
        return;
    };
    let issued = stage.sign_in().await;
    stage.advance(Duration::from_mins(1));
    let call = stage.call();
    let refreshed = stage.refresh(&issued.refresh_token).await.unwrap();
    let session = refreshed.trace.session_id.unwrap();
    let row = session_row(&stage, session).await;
    assert_eq!(row.refreshed_at, Some(call.now));
    assert_eq!(refreshed.account.user.updated_at, call.now);
    assert_eq!(
        stage
            .value::<i64>("SELECT count(*) FROM users WHERE updated_at = last_sign_in_at")
            .await,
        0
    );
    assert_eq!(actions(&stage, "token_refreshed").await, 1);
    assert_eq!(actions(&stage, "token_revoked").await, 1);
    let child = "SELECT parent FROM refresh_tokens WHERE revoked = FALSE";
    assert_eq!(stage.value::<String>(child).await, issued.refresh_token);
}

async fn a_replayed_token_ends_its_family_once_and_is_audited(engine: Engine) {
    let Some(stage) = Stage::open(engine, &[]).await else {
        return;
    };
    let first = stage.sign_in().await.refresh_token;
    let second = stage.refresh(&first).await.unwrap().refresh_token;
    stage.refresh(&second).await.unwrap();
    stage.advance(PAST_REUSE);

    for _ in 0..3 {
        let (refusal, trace) = stage.refusal(&first).await;
        assert_eq!(refusal, Refusal::RefreshAlreadyUsed);
        assert!(trace.session_id.is_some() && trace.user_id.is_some());
        assert_eq!(live_tokens(&stage).await, 0);
        assert_eq!(replays(&stage).await, 1);
    }
    assert_eq!(stage.value::<i64>("SELECT count(*) FROM sessions").await, 1);
    let subject = "SELECT count(*) FROM events e JOIN users u ON u.id = e.subject_id";
    assert_eq!(stage.value::<i64>(subject).await, 1);
}

async fn a_replayed_count_ends_its_session_and_is_audited(engine: Engine) {
    let Some(stage) = Stage::of_second_generation(engine).await else {
        return;
    };
    let first = stage.sign_in().await.refresh_token;
    let second = stage.refresh(&first).await.unwrap().refresh_token;
    let third = stage.refresh(&second).await.unwrap().refresh_token;
    stage.advance(PAST_REUSE);

    let (refusal, trace) = stage.refusal(&first).await;
    assert_eq!(refusal, Refusal::RefreshAlreadyUsed);
    assert_eq!(trace.rotated, Some(true));
    assert_eq!(stage.value::<i64>("SELECT count(*) FROM sessions").await, 0);
    assert_eq!(replays(&stage).await, 1);
    let (refusal, _) = stage.refusal(&third).await;
    assert_eq!(refusal, Refusal::RefreshNotFound);
    assert_eq!(replays(&stage).await, 1);
}

async fn encrypted_keys_are_read_and_written(engine: Engine) {
    let encryption = [
        ("GOTRUE_SECURITY_DB_ENCRYPTION_ENCRYPT", "true"),
        ("GOTRUE_SECURITY_DB_ENCRYPTION_ENCRYPTION_KEY_ID", "key-1"),
        (
            "GOTRUE_SECURITY_DB_ENCRYPTION_ENCRYPTION_KEY",
            "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
        ),
        (
            "GOTRUE_SECURITY_DB_ENCRYPTION_DECRYPTION_KEYS",
            "key-1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
        ),
        ("GOTRUE_SECURITY_REFRESH_TOKEN_ALGORITHM_VERSION", "2"),
    ];
    let Some(stage) = Stage::open(engine, &encryption).await else {
        return;
    };
    let issued = stage.sign_in().await;
    let session = session_row(&stage, issued.trace.session_id.unwrap()).await;
    let column = session.refresh_token_hmac_key.unwrap();
    assert!(column.starts_with("{\"key_id\":\"key-1\""), "{column}");
    let second = stage.refresh(&issued.refresh_token).await.unwrap();
    assert_eq!(second.trace.refresh_token_counter, Some(1));
    let third = stage.refresh(&second.refresh_token).await.unwrap();
    assert_eq!(third.trace.refresh_token_counter, Some(2));
}

async fn a_percentage_of_sessions_is_upgraded(engine: Engine) {
    let Some(mut stage) = Stage::open(engine, &[]).await else {
        return;
    };
    let mut tokens = Vec::new();
    for _ in 0..20 {
        tokens.push(stage.sign_in().await.refresh_token);
    }
    let upgrading = super::environment(&[
        ("GOTRUE_SECURITY_REFRESH_TOKEN_ALGORITHM_VERSION", "2"),
        ("GOTRUE_SECURITY_REFRESH_TOKEN_UPGRADE_PERCENTAGE", "50"),
    ]);
    let server = stage.app.server("upgrading", &upgrading).await;
    stage.authn = server.built.app.authn.clone();
    for token in tokens {
        let issued = stage.refresh(&token).await.unwrap();
        let session = issued.trace.session_id.unwrap();
        let moves = session.0.as_u128() % 100 < 50;
        assert_eq!(issued.trace.refresh_token_counter.is_some(), moves);
        assert_eq!(issued.trace.reuse, Some(false));
        // What was decided stays decided.
        let again = stage.refresh(&issued.refresh_token).await.unwrap();
        assert_eq!(again.trace.refresh_token_counter.is_some(), moves);
    }
}

async fn tokens_without_a_session_are_told_apart(engine: Engine) {
    let Some(stage) = Stage::open(engine, &[]).await else {
        return;
    };
    let token = stage.sign_in().await.refresh_token;
    stage
        .execute(match engine {
            Engine::Sqlite => "UPDATE refresh_tokens SET session_id = NULL",
            Engine::Postgres => "UPDATE auth.refresh_tokens SET session_id = NULL",
        })
        .await;
    let (refusal, _) = stage.refusal(&token).await;
    assert_eq!(refusal, Refusal::RefreshWithoutSession);
    let (refusal, _) = stage.refusal("abcdefghijkl").await;
    assert_eq!(refusal, Refusal::RefreshNotFound);
}

async fn sessions_of_oauth_clients_are_left_to_them(engine: Engine) {
    let Some(stage) = Stage::open(engine, &[]).await else {
        return;
    };
    let token = stage.sign_in().await.refresh_token;
    stage
        .execute(match engine {
            Engine::Sqlite => {
                "INSERT INTO oauth_clients (id, registration_type, redirect_uris, grant_types,
                    created_at, updated_at, client_type, token_endpoint_auth_method)
                 VALUES (zeroblob(16), 'manual', 'https://c.example.test', 'refresh_token', 0, 0,
                    'confidential', 'client_secret_basic');
                 UPDATE sessions SET oauth_client_id = zeroblob(16)"
            }
            Engine::Postgres => {
                "INSERT INTO auth.oauth_clients (id, registration_type, redirect_uris, grant_types,
                    client_type, token_endpoint_auth_method)
                 VALUES ('00000000-0000-0000-0000-000000000000', 'manual',
                    'https://c.example.test', 'refresh_token', 'confidential',
                    'client_secret_basic');
                 UPDATE auth.sessions
                 SET oauth_client_id = '00000000-0000-0000-0000-000000000000'"
            }
        })
        .await;
    let (refusal, _) = stage.refusal(&token).await;
    assert_eq!(refusal, Refusal::RefreshNeedsClient);
}

async fn session_row(stage: &Stage, id: SessionId) -> sessions::Session {
    let mut tx = stage.store().db(&stage.call()).begin().await.unwrap();
    sessions::lock(&mut tx, id).await.unwrap().unwrap()
}

async fn live_tokens(stage: &Stage) -> i64 {
    stage
        .value("SELECT count(*) FROM refresh_tokens WHERE revoked = FALSE")
        .await
}

async fn replays(stage: &Stage) -> i64 {
    stage
        .value("SELECT count(*) FROM events WHERE event = 'refresh_token.replayed'")
        .await
}

async fn actions(stage: &Stage, action: &str) -> i64 {
    match action {
        "token_refreshed" => {
            stage
                .value(
                    "SELECT count(*) FROM audit_log_entries
                 WHERE CAST(payload AS TEXT) LIKE '%\"action\":\"token_refreshed\"%'",
                )
                .await
        }
        _ => {
            stage
                .value(
                    "SELECT count(*) FROM audit_log_entries
                 WHERE CAST(payload AS TEXT) LIKE '%\"action\":\"token_revoked\"%'",
                )
                .await
        }
    }
}
