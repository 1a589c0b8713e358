//! Sessions and what continues them.

use crate::engine::{World, column, params, query, uuid};
use crate::people::{NOW, factor, session, stored_session, stored_user};
use store::db::Query;
use store::refreshes::{self, Refreshable, Rotation};
use store::sessions::{self, AmrClaim, Seen, Session};
use store::{Read, factors, refresh_tokens};
use types::{AmrClaimId, SessionId, Time};

const LATER: Time = Time(NOW.0 + 1_000_000);

const SEEN: Seen<'_> = Seen {
    at: LATER,
    user_agent: Some("seen"),
    ip: None,
};

async fn find(world: &World, id: SessionId) -> Option<Session> {
    let mut tx = world.db().begin().await.unwrap();
    sessions::lock(&mut tx, id).await.unwrap()
}

pub(super) async fn session_returns_as_it_was_written(world: &World) {
    let user = stored_user(world).await.id;
    let mut written = Session {
        aal: "aal2".to_owned(),
        factor_id: Some(types::FactorId(uuid())),
        not_after: Some(LATER),
        tag: Some("tag".to_owned()),
        refresh_token_hmac_key: Some("key".to_owned()),
        refresh_token_counter: Some(3),
        ip: Some("2001:db8::1".parse().unwrap()),
        ..session(user)
    };
    let mut tx = world.db().begin().await.unwrap();
    sessions::insert(&mut tx, &written);
    tx.commit().await.unwrap();
    assert_eq!(find(world, written.id).await, Some(written.clone()));
    let mut tx = world.db().begin().await.unwrap();
    assert!(
        sessions::refreshed(&mut tx, written.id, SEEN)
            .await
            .unwrap()
    );
    assert!(
        !sessions::refreshed(&mut tx, SessionId(uuid()), SEEN)
            .await
            .unwrap()
    );
    assert!(
        !sessions::upgrade(&mut tx, written.id, "other", SEEN)
            .await
            .unwrap()
    );
    assert!(
        sessions::advance(&mut tx, written.id, 3, SEEN)
            .await
            .unwrap()
    );
    assert!(
        !sessions::advance(&mut tx, written.id, 3, SEEN)
            .await
            .unwrap()
    );
    tx.commit().await.unwrap();
    written.refreshed_at = Some(LATER);
    written.updated_at = LATER;
    written.user_agent = Some("seen".to_owned());
    written.ip = None;
    written.refresh_token_counter = Some(4);
    assert_eq!(find(world, written.id).await, Some(written));
}

pub(super) async fn methods_are_recorded_once(world: &World) {
    let id = stored_session(world).await.id;
    for at in [NOW, LATER] {
        let mut tx = world.db().begin().await.unwrap();
        sessions::record_amr(&mut tx, id, "password", AmrClaimId(uuid()), at);
        tx.commit().await.unwrap();
    }
    let (query, params) = sessions::amr_query(id);
    let rows = world.db().rows(query, params).await.unwrap();
    let expected = AmrClaim {
        method: "password".to_owned(),
        updated_at: LATER,
    };
    assert_eq!(sessions::amr_from(rows).unwrap(), [expected]);
}

pub(super) async fn levels_fall_with_their_factor(world: &World) {
    let mut raised = stored_session(world).await;
    let plain = session(raised.user_id);
    let factor = factor(raised.user_id);
    let mut tx = world.db().begin().await.unwrap();
    factors::insert(&mut tx, &factor);
    sessions::insert(&mut tx, &plain);
    raised.aal = "aal2".to_owned();
    raised.factor_id = Some(factor.id);
    sessions::set_level(&mut tx, &raised);
    for session in [&raised, &plain] {
        sessions::record_amr(&mut tx, session.id, "totp", AmrClaimId(uuid()), NOW);
    }
    tx.commit().await.unwrap();
    assert_eq!(find(world, raised.id).await.unwrap().aal, "aal2");
    let mut tx = world.db().begin().await.unwrap();
    // First what asks for the factor, then the factor's name.
    sessions::delete_amr(&mut tx, raised.user_id, factor.id, "totp");
    sessions::downgrade_by_factor(&mut tx, raised.user_id, factor.id, LATER);
    tx.commit().await.unwrap();
    let fallen = find(world, raised.id).await.unwrap();
    assert_eq!((fallen.aal.as_str(), fallen.factor_id), ("aal1", None));
    assert_eq!(fallen.updated_at, LATER);
    for (session, methods) in [(&raised, 0), (&plain, 1)] {
        let (query, params) = sessions::amr_query(session.id);
        assert_eq!(world.db().rows(query, params).await.unwrap().len(), methods);
    }
}

pub(super) async fn sessions_end_together(world: &World) {
    let kept = stored_session(world).await;
    let user = kept.user_id;
    let mut all = Vec::new();
    let mut tx = world.db().begin().await.unwrap();
    for aal in ["aal1", "aal2", "aal1"] {
        let one = Session {
            aal: aal.to_owned(),
            ..session(user)
        };
        sessions::insert(&mut tx, &one);
        all.push(one.id);
    }
    tx.commit().await.unwrap();
    let left = async || {
        let list = sessions::list_of_user(&mut world.db(), user).await.unwrap();
        list.len()
    };
    assert_eq!(left().await, 4);
    let mut tx = world.db().begin().await.unwrap();
    sessions::end_at(&mut tx, kept.id, LATER);
    sessions::end(&mut tx, all[0]);
    tx.commit().await.unwrap();
    assert_eq!(left().await, 3);
    assert_eq!(find(world, kept.id).await.unwrap().not_after, Some(LATER));
    let mut tx = world.db().begin().await.unwrap();
    sessions::delete_others_at_aal1(&mut tx, user, kept.id);
    tx.commit().await.unwrap();
    assert_eq!(left().await, 2, "the one at aal2 stays");
    let mut tx = world.db().begin().await.unwrap();
    sessions::delete_others(&mut tx, user, kept.id);
    tx.commit().await.unwrap();
    assert_eq!(left().await, 1);
    let mut tx = world.db().begin().await.unwrap();
    sessions::delete_all_of_user(&mut tx, user);
    tx.commit().await.unwrap();
    assert_eq!(left().await, 0);
}

async fn refreshable(world: &World, token: &str) -> Option<Refreshable> {
    refreshes::find_by_token(&mut world.db(), token)
        .await
        .unwrap()
}

pub(super) async fn tokens_of_the_first_generation_rotate(world: &World) {
    let session = stored_session(world).await;
    let mut tx = world.db().begin().await.unwrap();
    refresh_tokens::insert(&mut tx, "first", session.user_id, session.id, None, NOW);
    tx.commit().await.unwrap();
    let rotation = |old, new| Rotation {
        user: session.user_id,
        session: session.id,
        old,
        new,
        seen: SEEN,
    };
    let mut tx = world.db().begin().await.unwrap();
    assert!(
        refreshes::rotate(&mut tx, &rotation("first", "second"))
            .await
            .unwrap()
    );
    tx.commit().await.unwrap();
    let mut tx = world.db().begin().await.unwrap();
    assert!(
        !refreshes::rotate(&mut tx, &rotation("first", "third"))
            .await
            .unwrap()
    );
    drop(tx);
    let found = refreshable(world, "first").await.unwrap();
    assert_eq!(found.account.user.updated_at, LATER);
    assert_eq!(
        found.account.session.as_ref().unwrap().refreshed_at,
        Some(LATER)
    );
    let state = found.token.unwrap();
    assert_eq!((state.revoked, state.updated_at), (true, LATER));
    let live = found.live.unwrap();
    assert_eq!(
        (live.token.as_str(), live.parent.as_deref()),
        ("second", Some("first"))
    );
    // Again for the spent token, unless something newer came in between.
    let mut tx = world.db().begin().await.unwrap();
    let stale = refreshes::issue_again(&mut tx, &rotation("first", "third"), live.id - 1).await;
    assert!(!stale.unwrap());
    drop(tx);
    let mut tx = world.db().begin().await.unwrap();
    let issued = refreshes::issue_again(&mut tx, &rotation("first", "third"), live.id).await;
    assert!(issued.unwrap());
    tx.commit().await.unwrap();
    let third = refreshable(world, "third").await.unwrap();
    assert_eq!(third.live.unwrap().token, "third");
    let find = refresh_tokens::find(&mut world.db(), "third").await;
    let find = find.unwrap().unwrap();
    assert_eq!(find.user_id, session.user_id.to_string());
    assert_eq!(
        (find.parent.as_deref(), find.session_id),
        (Some("first"), Some(session.id))
    );
    assert_eq!((find.revoked, find.created_at), (false, LATER));
    let active = refresh_tokens::active_of_session(&mut world.db(), session.id).await;
    assert_eq!(active.unwrap().unwrap().token, "third");
    assert_eq!(refreshable(world, "unknown").await, None);
}

/// Of tokens that were issued again and again, a refresh reads one row and not one of each.
pub(super) async fn the_newest_live_token_is_read_alone(world: &World) {
    let session = stored_session(world).await;
    let mut tx = world.db().begin().await.unwrap();
    for token in ["oldest", "older", "newest", "spent"] {
        refresh_tokens::insert(&mut tx, token, session.user_id, session.id, None, NOW);
    }
    assert!(refreshes::revoke(&mut tx, "spent", LATER).await.unwrap());
    tx.commit().await.unwrap();
    let live = refreshable(world, "oldest").await.unwrap().live.unwrap();
    assert_eq!(live.token, "newest");
    let by_token = store::statements().find(|stmt| stmt.name.ends_with("refreshes::BY_TOKEN"));
    let by_token = Query(by_token.unwrap());
    let rows = world.db().rows(by_token, params!["oldest"]).await;
    assert_eq!(rows.unwrap().len(), 1);
}

pub(super) async fn tokens_of_a_family_end_together(world: &World) {
    let session = stored_session(world).await;
    let mut tx = world.db().begin().await.unwrap();
    for token in ["a", "b", "c", "d"] {
        refresh_tokens::insert(&mut tx, token, session.user_id, session.id, None, NOW);
    }
    tx.commit().await.unwrap();
    let mut tx = world.db().begin().await.unwrap();
    refreshes::lock(&mut tx, session.user_id, session.id);
    assert!(refreshes::revoke(&mut tx, "a", LATER).await.unwrap());
    assert!(!refreshes::revoke(&mut tx, "a", LATER).await.unwrap());
    assert!(refreshes::revoke(&mut tx, "b", LATER).await.unwrap());
    refreshes::touched(&mut tx, session.user_id, LATER);
    assert_eq!(
        refreshes::end_tokens(&mut tx, session.id, LATER)
            .await
            .unwrap(),
        2
    );
    tx.commit().await.unwrap();
    let live = query("SELECT count(*) FROM refresh_tokens WHERE session_id = $1 AND NOT revoked");
    let live = world.db().rows(live, params![session.id]).await.unwrap();
    assert_eq!(column::<i64>(live), [0]);
    assert_eq!(refreshable(world, "a").await.unwrap().live, None);
}

pub(super) async fn session_of_the_second_generation_ends_as_it_was_read(world: &World) {
    let session = stored_session(world).await;
    let mut tx = world.db().begin().await.unwrap();
    assert!(
        sessions::upgrade(&mut tx, session.id, "key", SEEN)
            .await
            .unwrap()
    );
    sessions::record_amr(&mut tx, session.id, "otp", AmrClaimId(uuid()), NOW);
    tx.commit().await.unwrap();
    let found = refreshes::find_by_session(&mut world.db(), session.id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((found.amr.len(), found.token, found.live), (1, None, None));
    let read = found.account.session.unwrap();
    assert_eq!(read.refresh_token_hmac_key.as_deref(), Some("key"));
    assert_eq!(read.refresh_token_counter, Some(0));
    let mut tx = world.db().begin().await.unwrap();
    assert!(
        !refreshes::end_session(&mut tx, session.id, 1)
            .await
            .unwrap()
    );
    assert!(
        refreshes::end_session(&mut tx, session.id, 0)
            .await
            .unwrap()
    );
    tx.commit().await.unwrap();
    assert_eq!(find(world, session.id).await, None);
}
