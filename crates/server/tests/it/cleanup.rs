//! What has expired goes, a little at a time; what has not stays.

mod stores;

use crate::app::{Engine, TestApp};
use crate::engines::{absent, on_both_engines, settings, sign_up};
use authz::Authz;
use server::jobs::cleanup::Cleaner;
use std::time::Duration;
use store::factors::{self, Challenge, Factor};
use store::flows::{self, Flow};
use store::outbox::{self, Message};
use store::{Tx, accounts};
use stores::ended_tuples_and_deleted_stores_go;
use types::{
    ChallengeId, Clock, Email, Entropy, FactorId, FlowId, MailId, SystemEntropy, Time, UserId,
};

const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);
const SETTINGS: &[(&str, &str)] = &[
    ("CLAVIGER_SITE_EXTERNAL_URL", "http://auth.example.test"),
    ("CLAVIGER_SITE_SITE_URL", "http://app.example.test"),
    ("CLAVIGER_EMAIL_AUTOCONFIRM", "true"),
];

on_both_engines!(
    what_has_expired_goes_and_what_has_not_stays,
    a_mail_that_was_given_up_is_kept_for_thirty_days,
    what_was_kept_for_a_provider_expires_with_its_flow,
    ended_tuples_and_deleted_stores_go,
    rows_of_auth_are_left_alone_where_the_operator_says_so,
    one_round_removes_no_more_than_its_limit,
    what_cannot_be_removed_keeps_nothing_else,
);

async fn what_was_kept_for_a_provider_expires_with_its_flow(engine: Engine) {
    let Some(mut site) = Site::open(engine, &[]).await else {
        return;
    };
    for age in [Duration::from_hours(23), Duration::from_hours(25)] {
        let flow = flow(&ENTROPY.uuid().to_string(), site.now() - age);
        let keep = |tx: &mut Tx| {
            flows::insert(tx, &flow);
            flows::keep_verifier(tx, &flow, ENTROPY.uuid(), "verifier");
        };
        site.write(keep).await;
    }
    assert_eq!(site.clean().await, 2, "the older flow and its state");
}

const ENTROPY: &dyn Entropy = &SystemEntropy;

/// A database with one user, and whoever cleans it.
struct Site {
    app: TestApp,
    cleaner: Cleaner,
    authz: Authz,
    user: UserId,
}

impl Site {
    /// `None` when the engine is not there.
    async fn open(engine: Engine, more: &[(&str, &str)]) -> Option<Self> {
        let Some(mut app) = TestApp::open(engine).await else {
            absent(engine);
            return None;
        };
        let world = app.world();
        let running = app
            .server("site", &settings(&[SETTINGS, more].concat()))
            .await;
        let reply = sign_up("ada@example.com").send(running.address).await;
        assert_eq!(reply.expect("an answer").status, 200);
        let built = &running.built;
        let (store, authz) = (built.store.clone(), built.app.authz.clone());
        let cleaner = Cleaner::new(store, authz.clone(), world, &running.config);
        let mut db = app.store().db(&app.call());
        let email = Email::parse("ada@example.com").expect("an address");
        let account = accounts::find_by_email(&mut db, &email, "authenticated").await;
        let account = account.expect("the account").expect("it is there");
        Some(Self {
            app,
            cleaner,
            authz,
            user: account.user.id,
        })
    }

    fn now(&self) -> Time {
        self.app.clock().now()
    }

    async fn write(&self, write: impl FnOnce(&mut Tx)) {
        let begun = self.app.store().db(&self.app.call()).begin().await;
        let mut tx = begun.expect("a transaction");
        write(&mut tx);
        tx.commit().await.expect("the commit");
    }

    async fn clean(&mut self) -> u64 {
        self.cleaner.round().await.expect("a round")
    }

    /// Flows, challenges, factors and mails that are there.
    async fn left(&self, made: &Made) -> [bool; 4] {
        let mut db = self.app.store().db(&self.app.call());
        let flow = flows::find_by_code(&mut db, &made.code)
            .await
            .expect("flows");
        let challenge = factors::find_challenge(&mut db, made.challenge, made.verified).await;
        let email = Email::parse("ada@example.com").expect("an address");
        let account = accounts::find_by_email(&mut db, &email, "authenticated").await;
        let account = account.expect("the account").expect("it is there");
        let is_enrolling = account
            .factors
            .iter()
            .any(|factor| factor.id == made.unfinished);
        let is_verified = account
            .factors
            .iter()
            .any(|factor| factor.id == made.verified);
        assert!(is_verified, "a verified factor never expires");
        let mails = outbox::list(&mut db, 1_000).await.expect("the outbox");
        let mail = mails.iter().any(|mail| mail.id == made.mail);
        let challenge = challenge.expect("challenges").is_some();
        [flow.is_some(), challenge, is_enrolling, mail]
    }
}

/// One of each kind.
struct Made {
    code: String,
    challenge: ChallengeId,
    verified: FactorId,
    unfinished: FactorId,
    mail: MailId,
}

impl Made {
    fn write(tx: &mut Tx, user: UserId, at: Time) -> Self {
        let made = Self {
            code: ENTROPY.uuid().to_string(),
            challenge: ChallengeId::random(ENTROPY),
            verified: FactorId::random(ENTROPY),
            unfinished: FactorId::random(ENTROPY),
            mail: MailId::random(ENTROPY),
        };
        flows::insert(tx, &flow(&made.code, at));
        for (id, status) in [(made.verified, "verified"), (made.unfinished, "unverified")] {
            factors::insert(tx, &factor(id, user, status, at));
        }
        let challenge = Challenge {
            id: made.challenge,
            factor_id: made.verified,
            created_at: at,
            verified_at: None,
            ip_address: "192.0.2.1".parse().expect("an address"),
            otp_code: None,
        };
        factors::insert_challenge(tx, &challenge);
        outbox::put(tx, &message(made.mail, at));
        made
    }
}

fn flow(code: &str, at: Time) -> Flow {
    Flow {
        id: FlowId::random(ENTROPY),
        user_id: None,
        auth_code: Some(code.to_owned()),
        code_challenge_method: Some("s256".to_owned()),
        code_challenge: Some("challenge".to_owned()),
        provider_type: "magiclink".to_owned(),
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

fn factor(id: FactorId, user: UserId, status: &str, at: Time) -> Factor {
    Factor {
        id,
        user_id: user,
        friendly_name: Some(id.to_string()),
        factor_type: "totp".to_owned(),
        status: status.to_owned(),
        created_at: at,
        updated_at: at,
        secret: Some("secret".to_owned()),
        phone: None,
        last_challenged_at: None,
    }
}

fn message(id: MailId, at: Time) -> Message {
    Message {
        id,
        kind: "recovery".to_owned(),
        recipient: "ada@example.com".to_owned(),
        subject: String::new(),
        text: String::new(),
        html: String::new(),
        user_id: None,
        created_at: at,
        attempts: 0,
    }
}

async fn what_has_expired_goes_and_what_has_not_stays(engine: Engine) {
    let Some(mut site) = Site::open(engine, &[]).await else {
        return;
    };
    let (user, now) = (site.user, site.now());
    let mut made = None;
    site.write(|tx| made = Some(Made::write(tx, user, now)))
        .await;
    let made = made.expect("written");
    let (factor, entry) = (made.verified, 58_000_000);
    site.write(|tx| factors::use_step(tx, factor, entry, 0, now))
        .await;
    site.app.clock().advance(HOUR);
    assert_eq!(site.clean().await, 0);
    site.app.clock().advance(Duration::from_secs(1));
    assert_eq!(site.clean().await, 1, "the spent code is forgotten");
    site.app.clock().advance(22 * HOUR);
    site.app.clock().advance(Duration::from_secs(3_599));
    assert_eq!(site.clean().await, 0);
    assert_eq!(site.left(&made).await, [true; 4]);
    site.app.clock().advance(Duration::from_secs(1));
    assert_eq!(site.clean().await, 3);
    assert_eq!(site.left(&made).await, [false, false, false, true]);
    site.app.clock().advance(30 * DAY);
    assert_eq!(site.clean().await, 0, "mail that has not left stays");
    let node = "node";
    let at = site.now();
    let begun = site.app.store().db(&site.app.call()).begin().await;
    let mut tx = begun.expect("a transaction");
    let claimed = outbox::claim(&mut tx, node, at, at + HOUR, 10).await;
    assert_eq!(claimed.expect("claimed").len(), 1);
    outbox::sent_and_wiped(&mut tx, made.mail, node, at);
    tx.commit().await.expect("the commit");
    site.app.clock().advance(7 * DAY);
    assert_eq!(site.clean().await, 0);
    site.app.clock().advance(Duration::from_secs(1));
    assert_eq!(site.clean().await, 1);
    assert_eq!(site.left(&made).await, [false; 4]);
}

async fn a_mail_that_was_given_up_is_kept_for_thirty_days(engine: Engine) {
    let Some(mut site) = Site::open(engine, &[]).await else {
        return;
    };
    let (user, at) = (site.user, site.now());
    let mut made = None;
    site.write(|tx| made = Some(Made::write(tx, user, at)))
        .await;
    let made = made.expect("written");
    let begun = site.app.store().db(&site.app.call()).begin().await;
    let mut tx = begun.expect("a transaction");
    let claimed = outbox::claim(&mut tx, "node", at, at + HOUR, 10).await;
    assert_eq!(claimed.expect("claimed").len(), 1);
    outbox::give_up(&mut tx, made.mail, "node", at, "nobody there");
    tx.commit().await.expect("the commit");
    site.app.clock().advance(30 * DAY);
    site.clean().await;
    assert!(site.left(&made).await[3], "it can be sent after all");
    site.app.clock().advance(Duration::from_secs(1));
    assert_eq!(site.clean().await, 1);
    assert!(!site.left(&made).await[3], "the codes in it are forgotten");
}

async fn rows_of_auth_are_left_alone_where_the_operator_says_so(engine: Engine) {
    let off = [("CLAVIGER_DATABASE_CLEANUP_ENABLED", "false")];
    let Some(mut site) = Site::open(engine, &off).await else {
        return;
    };
    let (user, now) = (site.user, site.now());
    let mut made = None;
    site.write(|tx| made = Some(Made::write(tx, user, now)))
        .await;
    let made = made.expect("written");
    site.write(|tx| factors::use_step(tx, made.verified, 58_000_000, 0, now))
        .await;
    site.app.clock().advance(30 * DAY);
    assert_eq!(site.clean().await, 1, "our own tables are swept");
    assert_eq!(site.left(&made).await, [true; 4]);
}

async fn one_round_removes_no_more_than_its_limit(engine: Engine) {
    const FLOWS: usize = 5_100;
    const ROUND: u64 = 5_000;
    let Some(mut site) = Site::open(engine, &[]).await else {
        return;
    };
    let now = site.now();
    site.write(|tx| {
        for number in 0..FLOWS {
            flows::insert(tx, &flow(&number.to_string(), now));
        }
    })
    .await;
    site.app.clock().advance(2 * DAY);
    assert_eq!(site.clean().await, ROUND);
    assert_eq!(site.clean().await, FLOWS as u64 - ROUND);
    assert_eq!(site.clean().await, 0);
}

async fn what_cannot_be_removed_keeps_nothing_else(engine: Engine) {
    let Some(mut site) = Site::open(engine, &[]).await else {
        return;
    };
    let flow = flow(&ENTROPY.uuid().to_string(), site.now() - 2 * DAY);
    site.write(|tx| flows::insert(tx, &flow)).await;
    // The first kind that a round removes.
    let broken = "ALTER TABLE outbox RENAME TO elsewhere";
    let call = site.app.call();
    let script = site.app.store().script(broken.to_owned(), &call);
    script.await.expect("the table is renamed");
    assert!(site.cleaner.round().await.is_err(), "it is told");
    let mut db = site.app.store().db(&site.app.call());
    let code = flow.auth_code.as_deref().expect("a code");
    let found = flows::find_by_code(&mut db, code).await.expect("flows");
    assert!(found.is_none(), "the flow has gone nevertheless");
}
