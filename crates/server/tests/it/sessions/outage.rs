//! A database that does not answer: no token is spent, and no answer says that one was.

use super::Stage;
use crate::app::Engine;
use crate::engines::on_both_engines;
use authn::Error;
use std::time::Duration;
use store::{Tx, users};
use types::{Call, Clock, Deadline, SystemClock, UserId};

on_both_engines!(
    a_refresh_that_waits_too_long_is_an_outage,
    a_replay_that_cannot_be_stored_is_an_outage,
    a_commit_that_fails_spends_nothing,
);

/// Longer than a refresh takes, shorter than a test should.
const PATIENCE: Duration = Duration::from_millis(200);

fn impatient(stage: &Stage) -> Call {
    Call {
        deadline: Deadline::after(SystemClock.instant(), PATIENCE),
        ..stage.call()
    }
}

/// Holds what a refresh must change.
async fn hold(stage: &Stage, user: UserId) -> Tx {
    let mut tx = stage.store().db(&stage.call()).begin().await.unwrap();
    users::lock(&mut tx, user).await.unwrap().unwrap();
    tx
}

async fn a_refresh_that_waits_too_long_is_an_outage(engine: Engine) {
    let Some(stage) = Stage::open(engine, &[]).await else {
        return;
    };
    let issued = stage.sign_in().await;
    let token = &issued.refresh_token;
    let held = hold(&stage, issued.account.user.id).await;
    let waited = stage.authn.refresh(&impatient(&stage), token).await;
    assert!(
        matches!(waited, Err(Error::Unavailable { .. })),
        "{waited:?}"
    );
    drop(held);
    let refreshed = stage.refresh(token).await.expect("not spent");
    assert_eq!(refreshed.trace.reuse, Some(false));
}

async fn a_replay_that_cannot_be_stored_is_an_outage(engine: Engine) {
    let Some(stage) = Stage::of_second_generation(engine).await else {
        return;
    };
    let issued = stage.sign_in().await;
    let second = stage.refresh(&issued.refresh_token).await.unwrap();
    let third = stage.refresh(&second.refresh_token).await.unwrap();
    stage.advance(super::PAST_REUSE);
    let mut held = hold(&stage, issued.account.user.id).await;
    let session = issued.trace.session_id.unwrap();
    let seen = store::sessions::Seen {
        at: stage.call().now,
        user_agent: None,
        ip: None,
    };
    assert!(
        store::sessions::refreshed(&mut held, session, seen)
            .await
            .unwrap()
    );
    let replayed = stage
        .authn
        .refresh(&impatient(&stage), &issued.refresh_token)
        .await;
    assert!(
        matches!(replayed, Err(Error::Unavailable { .. })),
        "{replayed:?}"
    );
    drop(held);
    let current = stage.refresh(&third.refresh_token).await;
    current.expect("a session that was not ended");
}

/// PostgreSQL: a deferred trigger, which fires at the commit and no earlier. SQLite: a full disk,
/// which a name shows that is too long for the pages there are, and that the audit log repeats.
async fn a_commit_that_fails_spends_nothing(engine: Engine) {
    let Some(stage) = Stage::open(engine, &[]).await else {
        return;
    };
    let token = stage.sign_in().await.refresh_token;
    if engine == Engine::Sqlite {
        let name = "UPDATE users SET raw_user_meta_data =
            json_object('full_name', hex(zeroblob(100000)))";
        stage.execute(name).await;
    }
    let (fail, mend) = match engine {
        Engine::Sqlite => (
            "PRAGMA max_page_count = 1",
            "PRAGMA max_page_count = 1000000",
        ),
        Engine::Postgres => (
            "CREATE FUNCTION claviger.fail() RETURNS trigger LANGUAGE plpgsql AS
                $$ BEGIN RAISE EXCEPTION USING ERRCODE = '57P01'; END $$;
             CREATE CONSTRAINT TRIGGER fail AFTER INSERT ON auth.audit_log_entries
                DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION claviger.fail()",
            "DROP TRIGGER fail ON auth.audit_log_entries",
        ),
    };
    stage.execute(fail).await;
    for _ in 0..2 {
        let failed = stage.refresh(&token).await;
        assert!(
            matches!(failed, Err(Error::Unavailable { .. })),
            "{failed:?}"
        );
    }
    stage.execute(mend).await;
    let refreshed = stage.refresh(&token).await.expect("not spent");
    assert_eq!(refreshed.trace.reuse, Some(false));
}
