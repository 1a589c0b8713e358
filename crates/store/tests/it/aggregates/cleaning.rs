//! Rows that have had their day, and questions to the database as a whole.

use crate::engine::{World, call, uuid};
use crate::people::{NOW, factor, stored_factor, stored_user};
use store::expired::{self, Kind};
use store::factors::{self, Challenge};
use store::flows::{self, Flow};
use store::outbox::{self, Message};
use store::{Tx, accounts, migrate};
use types::{ChallengeId, FactorId, FlowId, MailId, Time};
use uuid::Uuid;

const KINDS: [Kind; 6] = [
    Kind::Flows,
    Kind::ClientStates,
    Kind::Challenges,
    Kind::Steps,
    Kind::Mails,
    Kind::DeadLetters,
];
const LATER: Time = Time(NOW.0 + 60_000_000);

fn flow(at: Time) -> Flow {
    Flow {
        id: FlowId(uuid()),
        user_id: None,
        auth_code: None,
        code_challenge_method: None,
        code_challenge: None,
        provider_type: "email".to_owned(),
        provider_access_token: None,
        provider_refresh_token: None,
        created_at: at,
        authentication_method: "magiclink".to_owned(),
        auth_code_issued_at: None,
        invite_token: None,
        referrer: None,
        linking_target_id: None,
        email_optional: false,
    }
}

/// How a mail ends.
#[derive(Clone, Copy)]
enum End {
    Sent,
    GivenUp,
}

async fn put_mail(tx: &mut Tx, at: Time, end: End) {
    let message = Message {
        id: MailId(uuid()),
        kind: "k".to_owned(),
        recipient: "r".to_owned(),
        subject: String::new(),
        text: String::new(),
        html: String::new(),
        user_id: None,
        created_at: at,
        attempts: 0,
    };
    outbox::put(tx, &message);
    let claimed = outbox::claim(tx, "cleaner", at, Time(at.0 + 1), 100).await;
    for claimed in claimed.unwrap() {
        match end {
            End::Sent => outbox::sent(tx, claimed.id, "cleaner", at),
            End::GivenUp => outbox::give_up(tx, claimed.id, "cleaner", at, "no"),
        }
    }
}

/// Three old rows of each kind go, two at a time; a new one stays.
pub(super) async fn only_old_rows_are_removed(world: &World) {
    let factor = stored_factor(world).await.id;
    let mut tx = world.db().begin().await.unwrap();
    for kind in KINDS {
        expired::remove(&mut tx, kind, Time(i64::MAX), 1_000)
            .await
            .unwrap();
    }
    for (number, at) in (0_i64..).zip([NOW, NOW, NOW, LATER]) {
        let flow = flow(at);
        flows::insert(&mut tx, &flow);
        flows::keep_verifier(&mut tx, &flow, uuid(), "verifier");
        let challenge = Challenge {
            id: ChallengeId(uuid()),
            factor_id: factor,
            created_at: at,
            verified_at: None,
            ip_address: [192, 0, 2, 7].into(),
            otp_code: None,
        };
        factors::insert_challenge(&mut tx, &challenge);
        factors::use_step(&mut tx, factor, number, 0, at);
        put_mail(&mut tx, at, End::Sent).await;
        put_mail(&mut tx, at, End::GivenUp).await;
    }
    tx.commit().await.unwrap();
    for kind in KINDS {
        let mut removed = Vec::new();
        for _ in 0..3 {
            let mut tx = world.db().begin().await.unwrap();
            removed.push(expired::remove(&mut tx, kind, LATER, 2).await.unwrap());
            tx.commit().await.unwrap();
        }
        assert_eq!(removed, [2, 1, 0], "{kind:?}");
    }
}

pub(super) async fn only_abandoned_enrolments_are_removed(world: &World) {
    let user = stored_user(world).await.id;
    let mut ids = Vec::new();
    let mut tx = world.db().begin().await.unwrap();
    for (status, at) in [
        ("unverified", NOW),
        ("verified", NOW),
        ("unverified", LATER),
    ] {
        let mut factor = factor(user);
        factor.friendly_name = None;
        factor.status = status.to_owned();
        factor.created_at = at;
        factors::insert(&mut tx, &factor);
        ids.push(factor.id);
    }
    tx.commit().await.unwrap();
    let mut found = Vec::new();
    let mut after = FactorId(Uuid::nil());
    loop {
        let stretch = expired::enrolments(&mut world.db(), after, LATER, 2)
            .await
            .unwrap();
        let Some((last, _)) = stretch.last() else {
            break;
        };
        after = *last;
        found.extend(stretch);
    }
    for (id, expected) in ids.iter().zip([true, false, false]) {
        assert!(found.contains(&(*id, expected)), "{found:?}");
    }
    let mut tx = world.db().begin().await.unwrap();
    for id in &ids {
        expired::remove_enrolment(&mut tx, *id, LATER);
    }
    tx.commit().await.unwrap();
    let account = accounts::find(&mut world.db(), user, None).await.unwrap();
    let left = account.unwrap().factors.into_iter().map(|factor| factor.id);
    let mut left: Vec<_> = left.collect();
    left.sort();
    ids.remove(0);
    ids.sort();
    assert_eq!(left, ids);
}

pub(super) async fn probes_answer(world: &World) {
    let call = call();
    world.store.ping(&call).await.unwrap();
    world.store.ready(&call).await.unwrap();
    world.store.require_writable(&call).await.unwrap();
    assert!(migrate::has_run(&world.store, &call).await.unwrap());
    let clock = world.store.clock(&call).await.unwrap();
    let apart = clock.0.abs_diff(call.now.0);
    assert!(
        apart < 3_600_000_000,
        "both clocks are of this machine: {apart} us apart"
    );
    // After a write that failed for the database's sake, a write is tried.
    let broken = "CREATE TRIGGER no_space BEFORE INSERT ON flow_state BEGIN
        SELECT RAISE(ABORT, 'not this time'); END";
    let full = "CREATE FUNCTION claviger.no_space() RETURNS trigger LANGUAGE plpgsql AS
        $$BEGIN RAISE 'no space' USING ERRCODE = 'disk_full'; END$$;
        CREATE TRIGGER no_space BEFORE INSERT ON flow_state
        FOR EACH ROW EXECUTE FUNCTION claviger.no_space()";
    world.script_of(broken, full).await;
    let mut tx = world.db().begin().await.unwrap();
    flows::insert(&mut tx, &flow(NOW));
    tx.commit().await.unwrap_err();
    world.store.ready(&call).await.unwrap();
    let mend = "DROP TRIGGER no_space ON flow_state; DROP FUNCTION claviger.no_space()";
    world.script_of("DROP TRIGGER no_space", mend).await;
}
