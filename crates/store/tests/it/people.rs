//! Rows that many tests need: a user, a session, a factor.

use crate::engine::{World, uuid};
use store::factors::{self, Factor};
use store::sessions::Session;
use store::users::{self, User};
use store::{Result, sessions};
use types::{FactorId, SessionId, Time, UserId};

pub(crate) const NOW: Time = Time(1_767_225_600_123_456);

/// A user without contact.
pub(crate) fn user() -> User {
    User::new(UserId(uuid()), "authenticated", NOW)
}

/// A user with an address.
pub(crate) fn user_with_email(email: &str) -> User {
    User {
        email: Some(email.to_owned()),
        ..user()
    }
}

pub(crate) fn session(user: UserId) -> Session {
    Session {
        id: SessionId(uuid()),
        user_id: user,
        created_at: NOW,
        updated_at: NOW,
        factor_id: None,
        aal: "aal1".to_owned(),
        not_after: None,
        refreshed_at: None,
        user_agent: Some("test".to_owned()),
        ip: Some([192, 0, 2, 7].into()),
        tag: None,
        refresh_token_hmac_key: None,
        refresh_token_counter: None,
    }
}

pub(crate) async fn insert_user(world: &World, user: &User) -> Result<()> {
    let mut tx = world.db().begin().await?;
    users::insert(&mut tx, user);
    tx.commit().await
}

/// A stored user without contact.
pub(crate) async fn stored_user(world: &World) -> User {
    let user = user();
    insert_user(world, &user).await.unwrap();
    user
}

/// A stored session of a new user.
pub(crate) async fn stored_session(world: &World) -> Session {
    let user = stored_user(world).await;
    let session = session(user.id);
    let mut tx = world.db().begin().await.unwrap();
    sessions::insert(&mut tx, &session);
    tx.commit().await.unwrap();
    session
}

/// An unverified factor.
pub(crate) fn factor(user: UserId) -> Factor {
    Factor {
        id: FactorId(uuid()),
        user_id: user,
        friendly_name: Some("phone".to_owned()),
        factor_type: "totp".to_owned(),
        status: "unverified".to_owned(),
        created_at: NOW,
        updated_at: NOW,
        secret: Some("JBSWY3DPEHPK3PXP".to_owned()),
        phone: None,
        last_challenged_at: None,
    }
}

/// A stored factor of a new user.
pub(crate) async fn stored_factor(world: &World) -> Factor {
    let factor = factor(stored_user(world).await.id);
    let mut tx = world.db().begin().await.unwrap();
    factors::insert(&mut tx, &factor);
    tx.commit().await.unwrap();
    factor
}
