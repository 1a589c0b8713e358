//! The hasher as flows use it.

use super::*;
use std::time::Duration;
use types::{Clock, Cost, Deadline, Origin, RequestId, SystemClock, SystemEntropy, Time};

const BCRYPT: &str = "$2a$10$X2oWPETyO2Bc6KW1foLWkuhxRforZWhFzgdn3yQwAL9LflsdM0LSe";

/// Whoever is asked about.
const A: &str = "a@example.com";

fn hasher() -> Hasher {
    Hasher::new(1, Arc::new(SystemEntropy))
}

fn call(span: Duration) -> Call {
    Call {
        id: RequestId::random(&SystemEntropy),
        now: Time(0),
        deadline: Deadline::after(SystemClock.instant(), span),
        origin: Origin::default(),
        cost: Arc::new(Cost::default()),
    }
}

fn patient() -> Call {
    call(Duration::from_mins(1))
}

const MATCH: Verdict = Verdict {
    matches: true,
    outdated: false,
};

#[tokio::test]
async fn a_new_hash_matches_its_password_only() {
    let (hasher, call) = (hasher(), patient());
    let stored = hasher.hash(&call, "correct-horse-1").await.unwrap();
    assert_eq!(check_import(&stored), Ok(()));
    let verify = async |password: &str| hasher.verify(&call, A, password, &stored).await;
    assert_eq!(verify("correct-horse-1").await, Ok(MATCH));
    assert_eq!(verify("correct-horse-2").await, Ok(Verdict::MISMATCH));
    assert_eq!(verify("").await, Ok(Verdict::MISMATCH));
    assert_ne!(hasher.hash(&call, "correct-horse-1").await, Ok(stored));
    assert!(call.cost.hash_us() > 0);
}

#[tokio::test]
async fn an_imported_hash_is_outdated_only_when_it_matches() {
    let (hasher, call) = (hasher(), patient());
    let outdated = Verdict {
        matches: true,
        outdated: true,
    };
    let verify = async |password: &str| hasher.verify(&call, A, password, BCRYPT).await;
    assert_eq!(verify("correct-horse-01").await, Ok(outdated));
    assert_eq!(verify("correct-horse-02").await, Ok(Verdict::MISMATCH));
}

#[tokio::test]
async fn an_unusable_hash_matches_nothing_and_costs_a_hash() {
    let hasher = hasher();
    for stored in ["", "5f4dcc3b5aa765d61d8327deb882cf99", "$2a$31$"] {
        let call = patient();
        let verdict = hasher.verify(&call, A, "password", stored).await;
        assert_eq!(verdict, Ok(Verdict::MISMATCH), "{stored}");
        assert!(call.cost.hash_us() > 0, "{stored}");
    }
}

#[tokio::test]
async fn a_new_password_is_refused_rather_than_truncated() {
    let (hasher, call) = (hasher(), patient());
    let longest = "a".repeat(PASSWORD_BYTES_MAX);
    let stored = hasher.hash(&call, &longest).await.unwrap();
    let longer = longest.clone() + "a";
    assert_eq!(hasher.hash(&call, &longer).await, Err(HashError::TooLong));
    let verify = async |password: &str| hasher.verify(&call, A, password, &stored).await;
    assert_eq!(verify(&longest).await, Ok(MATCH));
    assert_eq!(verify(&longer).await, Ok(Verdict::MISMATCH));
}

#[tokio::test]
async fn a_long_password_of_an_imported_hash_signs_in_and_is_not_hashed_again() {
    // Argon2i of 73 times "a": outdated, but the new hash could not hold the password.
    let stored = "$argon2i$v=19$m=64,t=1,p=1$c2FsdC1vZi0xNi1ieXRlcw$\
        7G7cuG2TO5wj8l75edxwwbIr6qwQxfQ4Y77RIgIIAQU";
    let (hasher, call) = (hasher(), patient());
    let verdict = hasher.verify(&call, A, &"a".repeat(73), stored).await;
    assert_eq!(verdict, Ok(MATCH));
}

#[tokio::test]
async fn a_megabyte_is_never_hashed_for_anybody() {
    let (hasher, call) = (hasher(), patient());
    let huge = "a".repeat(1 << 20);
    let verdict = hasher.verify(&call, A, &huge, BCRYPT).await;
    assert_eq!(verdict, Ok(Verdict::MISMATCH));
    assert_eq!(hasher.verify_nobody(&call, A, &huge).await, Ok(()));
    assert_eq!(call.cost.hash_us(), 0);
}

#[tokio::test]
async fn a_request_that_is_too_late_is_not_hashed() {
    let (hasher, late) = (hasher(), call(Duration::ZERO));
    assert_eq!(hasher.hash(&late, "a").await, Err(HashError::Busy));
    assert_eq!(
        hasher.verify_nobody(&late, A, "a").await,
        Err(HashError::Busy)
    );
    let verdict = hasher.verify(&late, A, "a", BCRYPT).await;
    assert_eq!(verdict, Err(HashError::Busy));
}

#[test]
fn refusals_of_imports_say_why() {
    let said = |hash: &str| check_import(hash).map_err(|reason| reason.to_string());
    assert_eq!(said(BCRYPT), Ok(()));
    assert_eq!(
        said("md5"),
        Err("the password hash is none of bcrypt, argon2i, argon2id and fbscrypt".to_owned())
    );
    assert_eq!(
        said(&BCRYPT.replacen("10", "16", 1)),
        Err("the bcrypt password hash costs more to verify than this server allows".to_owned())
    );
}

#[test]
fn debug_shows_no_password() {
    assert_eq!(format!("{:?}", hasher().pool), "Pool { waiting: 0 }");
}
