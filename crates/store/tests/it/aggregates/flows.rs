//! Sign-ins under way and tokens on their way.

use crate::engine::{World, column, params, query, uuid};
use crate::people::{NOW, stored_user};
use store::flows::{self, Flow};
use store::one_time_tokens::{self, TokenType};
use store::{Read, Tx};
use types::{FlowId, OneTimeTokenId, Time, UserId};

const LATER: Time = Time(NOW.0 + 1_000_000);

fn flow(user: UserId, code: &str) -> Flow {
    Flow {
        id: FlowId(uuid()),
        user_id: Some(user),
        auth_code: Some(code.to_owned()),
        code_challenge_method: Some("plain".to_owned()),
        code_challenge: Some("challenge".to_owned()),
        provider_type: "github".to_owned(),
        provider_access_token: Some("access".to_owned()),
        provider_refresh_token: Some("refresh".to_owned()),
        created_at: NOW,
        authentication_method: "oauth".to_owned(),
        auth_code_issued_at: Some(LATER),
        invite_token: Some("invite".to_owned()),
        referrer: Some("https://app.example.com/".to_owned()),
        linking_target_id: Some(UserId(uuid())),
        email_optional: true,
    }
}

pub(super) async fn flow_returns_as_it_was_written(world: &World) {
    let user = stored_user(world).await.id;
    let written = flow(user, "returns");
    let mut tx = world.db().begin().await.unwrap();
    flows::insert(&mut tx, &written);
    let state = uuid();
    flows::keep_verifier(&mut tx, &written, state, "verifier");
    tx.commit().await.unwrap();
    let mut db = world.db();
    let found = flows::find_by_code(&mut db, "returns").await.unwrap();
    assert_eq!(found, Some(written.clone()));
    let verifier = query(
        "SELECT c.code_verifier FROM flow_state f
         JOIN oauth_client_states c ON c.id = f.oauth_client_state_id WHERE f.id = $1",
    );
    let verifier = db.rows(verifier, params![written.id]).await.unwrap();
    assert_eq!(column::<String>(verifier), ["verifier"]);
    let mut newer = flow(user, "newer");
    newer.created_at = LATER;
    let mut tx = world.db().begin().await.unwrap();
    flows::insert(&mut tx, &newer);
    flows::code_issued(&mut tx, newer.id, user, Time(LATER.0 + 1));
    tx.commit().await.unwrap();
    newer.auth_code_issued_at = Some(Time(LATER.0 + 1));
    let found = flows::find_of_user(&mut db, user, "oauth").await.unwrap();
    assert_eq!(found, Some(newer));
    let found = flows::find_of_user(&mut db, user, "magiclink")
        .await
        .unwrap();
    assert_eq!(found, None);
    let mut tx = world.db().begin().await.unwrap();
    assert!(flows::spend(&mut tx, written.id).await.unwrap());
    assert!(!flows::spend(&mut tx, written.id).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(flows::find_by_code(&mut db, "returns").await.unwrap(), None);
}

pub(super) async fn flows_of_a_user_go(world: &World) {
    let (user, other) = (stored_user(world).await.id, stored_user(world).await.id);
    let mut tx = world.db().begin().await.unwrap();
    flows::insert(&mut tx, &flow(user, "goes"));
    flows::insert(&mut tx, &flow(other, "stays"));
    flows::delete_all_of_user(&mut tx, user);
    tx.commit().await.unwrap();
    let mut db = world.db();
    assert_eq!(flows::find_by_code(&mut db, "goes").await.unwrap(), None);
    assert!(
        flows::find_by_code(&mut db, "stays")
            .await
            .unwrap()
            .is_some()
    );
}

pub(super) async fn pending_tokens_replace_each_other(world: &World) {
    let user = stored_user(world).await.id;
    let put = |tx: &mut Tx, token_type, hash: &str| {
        let id = OneTimeTokenId(uuid());
        one_time_tokens::put(tx, id, user, token_type, hash, "a@example.com", NOW);
    };
    let mut tx = world.db().begin().await.unwrap();
    put(&mut tx, TokenType::Recovery, "old");
    put(&mut tx, TokenType::Recovery, "recovery");
    put(&mut tx, TokenType::Confirmation, "confirmation");
    put(&mut tx, TokenType::PhoneChange, "pkce_phone");
    tx.commit().await.unwrap();
    let find = async |hash: &str| {
        let pkce_hash = format!("pkce_{hash}");
        let found = one_time_tokens::find(&mut world.db(), ["no", hash, &pkce_hash, "no"]).await;
        found.unwrap().into_iter().map(|token| {
            assert_eq!(token.user_id, user);
            assert_eq!(token.audience, "authenticated");
            (token.token_type, token.hash, token.relates_to)
        })
    };
    assert_eq!(find("old").await.len(), 0);
    let expected = (
        TokenType::Recovery,
        "recovery".to_owned(),
        "a@example.com".to_owned(),
    );
    assert_eq!(find("recovery").await.collect::<Vec<_>>(), [expected]);
    assert_eq!(find("phone").await.len(), 1, "the other kind of link");
    let mut tx = world.db().begin().await.unwrap();
    let wrong = one_time_tokens::spend(&mut tx, user, TokenType::Confirmation, "recovery").await;
    assert!(!wrong.unwrap());
    one_time_tokens::delete_type(&mut tx, user, TokenType::Confirmation);
    tx.commit().await.unwrap();
    assert_eq!(find("confirmation").await.len(), 0);
    let mut tx = world.db().begin().await.unwrap();
    one_time_tokens::delete_all(&mut tx, user);
    tx.commit().await.unwrap();
    assert_eq!(find("recovery").await.len(), 0);
}
