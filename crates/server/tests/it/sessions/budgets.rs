//! What a request may cost the database: statements and round trips, counted where they are sent.

use super::Stage;
use crate::app::Engine;
use crate::engines::{PASSWORD, asked, on_both_engines, signup};
use authn::Authn;
use authn::sign_in::PasswordGrant;
use authn::signup::Registered;
use types::{Call, Secret};

on_both_engines!(
    the_own_user_costs_one_statement,
    a_sign_in_costs_one_read_and_one_transaction,
    a_sign_up_costs_one_transaction,
);

const EMAIL: &str = "ada@example.com";
const CONFIRMED: &[(&str, &str)] = &[("GOTRUE_MAILER_AUTOCONFIRM", "true")];

async fn sign_up(authn: &Authn, call: &Call) -> String {
    match authn.sign_up(call, &asked(), signup(EMAIL)).await {
        Ok(Registered::SignedIn(issued)) => issued.access_token,
        other => panic!("{other:?}"),
    }
}

async fn the_own_user_costs_one_statement(engine: Engine) {
    let Some(stage) = Stage::open(engine, CONFIRMED).await else {
        return;
    };
    let token = sign_up(&stage.authn, &stage.call()).await;
    let call = stage.call();
    let caller = stage.authn.authenticate(&call, Some(&token)).await;
    caller.expect("the caller");
    assert_eq!((call.cost.statements(), call.cost.round_trips()), (1, 1));
}

/// The transaction: `BEGIN` and the lock of the user travel together, then what is written and
/// `COMMIT`.
async fn a_sign_in_costs_one_read_and_one_transaction(engine: Engine) {
    let Some(stage) = Stage::open(engine, CONFIRMED).await else {
        return;
    };
    sign_up(&stage.authn, &stage.call()).await;
    let call = stage.call();
    let grant = PasswordGrant {
        email: EMAIL.to_owned(),
        phone: String::new(),
        password: Secret::new(PASSWORD.to_owned()),
    };
    let signed_in = stage.authn.sign_in(&call, "authenticated", grant).await;
    signed_in.expect("a session");
    assert!(call.cost.round_trips() <= 3, "{:?}", call.cost);
}

/// Nobody is looked up outside of it; a registration locks, then writes and commits.
async fn a_sign_up_costs_one_transaction(engine: Engine) {
    let Some(stage) = Stage::open(engine, CONFIRMED).await else {
        return;
    };
    let call = stage.call();
    sign_up(&stage.authn, &call).await;
    assert!(call.cost.round_trips() <= 3, "{:?}", call.cost);
}
