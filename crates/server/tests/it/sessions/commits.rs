//! A refusal is told when what it rests on is stored. On `SQLite`, where one commit serves several
//! transactions, each of them sees what those before it have not stored yet.

use super::Stage;
use crate::app::Engine;
use crate::engines::{PASSWORD, asked, signup};
use authn::sign_in::PasswordGrant;
use authn::signup::Registered;
use authn::user_update::UserChanges;
use authn::{Error, Issued, Refusal};
use serde_json::Map;
use std::sync::Arc;
use std::time::Duration;
use store::{accounts, users};
use types::{Secret, UserId};

const EMAIL: &str = "ada@example.com";
const CONFIRMED: &[(&str, &str)] = &[("GOTRUE_MAILER_AUTOCONFIRM", "true")];

/// A user who is signed in.
async fn signed_up() -> (Stage, Issued) {
    let stage = Stage::open(Engine::Sqlite, CONFIRMED).await;
    let stage = stage.expect("SQLite is built in");
    let (call, asked) = (stage.call(), asked());
    match stage.authn.sign_up(&call, &asked, signup(EMAIL)).await {
        Ok(Registered::SignedIn(issued)) => (stage, *issued),
        other => panic!("{other:?}"),
    }
}

/// What a request is answered that waits for its turn behind a ban of its user, and whether the
/// ban was stored by then. `waits` says that the request has got as far.
async fn behind_a_ban<T>(
    stage: &Stage,
    user: UserId,
    request: impl Future<Output = T>,
    waits: impl Fn() -> bool,
) -> (T, bool) {
    let now = stage.call().now;
    let db = stage.store().db(&stage.call());
    let holder = db.begin().await.expect("the turn");
    let ban = async {
        let mut tx = db.begin().await.expect("the next turn");
        let user = users::lock(&mut tx, user).await.expect("the lock");
        let mut user = user.expect("the user");
        user.banned_until = Some(now + Duration::from_hours(1));
        users::save(&mut tx, &user);
        tx.commit().await.expect("the ban");
    };
    let request = async {
        let answer = request.await;
        let found = accounts::find(&mut stage.store().db(&stage.call()), user, None).await;
        let found = found.expect("the database").expect("the user");
        (answer, found.user.is_banned(now))
    };
    let release = async {
        while !waits() {
            tokio::task::yield_now().await;
        }
        drop(holder);
    };
    let ((), answer, ()) = tokio::join!(ban, request, release);
    answer
}

// On one thread, the commit cannot come between a refusal and the look at what is stored.

#[tokio::test]
async fn a_sign_in_is_refused_when_the_ban_is_stored() {
    let (stage, issued) = signed_up().await;
    let call = stage.call();
    let grant = PasswordGrant {
        email: EMAIL.to_owned(),
        phone: String::new(),
        password: Secret::new(PASSWORD.to_owned()),
    };
    let sign_in = Box::pin(stage.authn.sign_in(&call, "authenticated", grant));
    let cost = Arc::clone(&call.cost);
    // After the hash, nothing but its turn is left to wait for.
    let hashed = move || cost.hash_us() > 0;
    let user = issued.account.user.id;
    let (refused, stored) = behind_a_ban(&stage, user, sign_in, hashed).await;
    let banned = |e| matches!(e, Error::Refused(Refusal::UserBannedAtSignIn));
    assert!(refused.is_err_and(banned));
    assert!(stored, "told before it was stored");
}

#[tokio::test]
async fn a_change_is_refused_when_the_ban_is_stored() {
    let (stage, issued) = signed_up().await;
    let call = stage.call();
    let token = Some(issued.access_token.as_str());
    let caller = stage.authn.authenticate(&call, token).await;
    let caller = caller.expect("the caller");
    let changes = UserChanges {
        data: Some(Map::new()),
        ..UserChanges::default()
    };
    let asked = asked();
    let change = stage.authn.update_user(&call, &asked, &caller, changes);
    let change = Box::pin(change);
    let user = issued.account.user.id;
    let (refused, stored) = behind_a_ban(&stage, user, change, || true).await;
    let banned = |e| matches!(e, Error::Refused(Refusal::UserBanned));
    assert!(refused.is_err_and(banned));
    assert!(stored, "told before it was stored");
}
