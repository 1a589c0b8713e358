//! Who has an account is not told: not in words, and not by the work that an answer takes.

use super::{Site, on_both_engines};
use crate::engines::{asked, signup};
use authn::pkce::Challenge;
use authn::resend::{Resend, Resendable};
use authn::signup::Registered;
use std::time::Duration;
use types::Call;

const CONFIRM: &[(&str, &str)] = &[("GOTRUE_SMTP_MAX_FREQUENCY", "1ms")];
/// Statements that may be more or fewer: the row of a token that nobody can have, the audit log.
const STATEMENTS_APART_MAX: u64 = 2;

on_both_engines! {
    recovery_of_nobody_is_as_much_work(CONFIRM);
    resending_to_nobody_is_as_much_work(CONFIRM);
    registering_a_taken_address_is_as_much_work(CONFIRM);
}

fn assert_alike(known: &Call, unknown: &Call) {
    let (known, unknown) = (&known.cost, &unknown.cost);
    assert_eq!(known.round_trips(), unknown.round_trips());
    let apart = known.statements().abs_diff(unknown.statements());
    assert!(
        apart <= STATEMENTS_APART_MAX,
        "{} statements for somebody, {} for nobody",
        known.statements(),
        unknown.statements()
    );
}

async fn recovery_of_nobody_is_as_much_work(site: Site) {
    site.sign_up("ada@example.com").await;
    let before = site.mails().await.len();
    let recover = async |email: &str| {
        let (call, challenge) = (site.call(), None::<Challenge>);
        let outcome = site
            .authn
            .recover(&call, &asked(), email, challenge.as_ref())
            .await;
        outcome.expect("no answer tells");
        call
    };
    let (known, unknown) = (
        recover("ada@example.com").await,
        recover("eve@example.com").await,
    );
    assert_alike(&known, &unknown);
    assert_eq!(site.mails().await.len(), before + 1);
    assert_eq!((known.cost.mails(), unknown.cost.mails()), (1, 0));
}

async fn resending_to_nobody_is_as_much_work(site: Site) {
    site.sign_up("confirmed@example.com").await;
    let signup = signup("pending@example.com");
    let registered = site.authn.sign_up(&site.call(), &asked(), signup).await;
    assert!(matches!(registered, Ok(Registered::Pending(_))));
    let before = site.mails().await.len();
    let resend = async |email: &str| {
        let resend = Resend {
            kind: Some(Resendable::Signup),
            email: email.to_owned(),
            phone: String::new(),
        };
        site.advance(Duration::from_secs(1));
        let call = site.call();
        let sent = site.authn.resend(&call, &asked(), resend).await;
        assert_eq!(sent.expect("no answer tells").message_id, None);
        call
    };
    let pending = resend("pending@example.com").await;
    assert_alike(&pending, &resend("confirmed@example.com").await);
    assert_alike(&pending, &resend("eve@example.com").await);
    assert_eq!(site.mails().await.len(), before + 1);
}

async fn registering_a_taken_address_is_as_much_work(site: Site) {
    site.sign_up("ada@example.com").await;
    let before = site.mails().await.len();
    let register = async |email: &str| {
        let call = site.call();
        let registered = site.authn.sign_up(&call, &asked(), signup(email)).await;
        match registered.expect("no answer tells") {
            Registered::Pending(account) => (call, account),
            Registered::SignedIn(_) => panic!("nobody may be signed in"),
        }
    };
    let (taken, nobody) = register("ada@example.com").await;
    let (free, _) = register("eve@example.com").await;
    assert_alike(&free, &taken);
    assert!(free.cost.hash_us() > 0 && taken.cost.hash_us() > 0);
    let ada = site.account("ada@example.com").await.expect("a user");
    assert_ne!(nobody.user.id, ada.user.id);
    assert_eq!(site.mails().await.len(), before + 1);
}
