//! `auth.users`: the people, in GoTrue's columns.

mod record;

pub use record::User;

use crate::db::{Read, Row, Tx, params, statements};
use crate::error::Result;
use types::{Email, Phone, Time, UserId};
use uuid::Uuid;

/// The columns of [`User`], in the order in which it is read.
macro_rules! user_columns {
    () => {
        "id, aud, role, email, encrypted_password, email_confirmed_at, invited_at, \
         confirmation_token, confirmation_sent_at, recovery_token, recovery_sent_at, \
         email_change_token_new, email_change, email_change_sent_at, last_sign_in_at, \
         raw_app_meta_data, raw_user_meta_data, created_at, updated_at, phone, \
         phone_confirmed_at, phone_change, phone_change_token, phone_change_sent_at, confirmed_at, \
         email_change_token_current, email_change_confirm_status, banned_until, \
         reauthentication_token, reauthentication_sent_at, is_sso_user, deleted_at, is_anonymous"
    };
}
pub(crate) use user_columns;

statements! {
    Command INSERT = "
        INSERT INTO users (instance_id, id, aud, role, email, encrypted_password,
            email_confirmed_at, invited_at, confirmation_token, confirmation_sent_at,
            recovery_token, recovery_sent_at, email_change_token_new, email_change,
            email_change_sent_at, last_sign_in_at, raw_app_meta_data, raw_user_meta_data,
            created_at, updated_at, phone, phone_confirmed_at, phone_change, phone_change_token,
            phone_change_sent_at, email_change_token_current, email_change_confirm_status,
            banned_until, reauthentication_token, reauthentication_sent_at, is_sso_user,
            deleted_at, is_anonymous)
        VALUES ($33, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17,
            $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32)";
    Command SAVE = "
        UPDATE users SET aud = $2, role = $3, email = $4, encrypted_password = $5,
            email_confirmed_at = $6, invited_at = $7, confirmation_token = $8,
            confirmation_sent_at = $9, recovery_token = $10, recovery_sent_at = $11,
            email_change_token_new = $12, email_change = $13, email_change_sent_at = $14,
            last_sign_in_at = $15, raw_app_meta_data = $16, raw_user_meta_data = $17,
            created_at = $18, updated_at = $19, phone = $20, phone_confirmed_at = $21,
            phone_change = $22, phone_change_token = $23, phone_change_sent_at = $24,
            email_change_token_current = $25, email_change_confirm_status = $26,
            banned_until = $27, reauthentication_token = $28, reauthentication_sent_at = $29,
            is_sso_user = $30, deleted_at = $31, is_anonymous = $32
        WHERE id = $1";
    // No write, which would fire the application's triggers; references to the user stay possible.
    Command LOCK = {
        sqlite: concat!("SELECT ", user_columns!(), " FROM users WHERE id = $1"),
        postgres: concat!(
            "SELECT ", user_columns!(), " FROM users WHERE id = $1 FOR NO KEY UPDATE"
        ),
    };
    Command SIGNED_IN = "
        UPDATE users SET last_sign_in_at = $2, updated_at = $2 WHERE id = $1";
    Command REHASHED = "
        UPDATE users SET encrypted_password = $3 WHERE id = $1 AND encrypted_password = $2";
    Command DELETE = "DELETE FROM users WHERE id = $1";
    Command DELETE_PASSKEYS = "DELETE FROM webauthn_credentials WHERE user_id = $1";
    Query SAMPLE = "
        SELECT id, coalesce(encrypted_password, '') FROM users ORDER BY id LIMIT $1";
    Query EMAIL_TAKEN = "
        SELECT id FROM users
        WHERE instance_id = $1 AND lower(email) = $2 AND aud = $3 AND is_sso_user = FALSE
        LIMIT 1";
    Query EMAIL_HELD = "
        SELECT u.id FROM users u
        WHERE u.instance_id = $1 AND lower(u.email) = $2 AND u.aud = $3
            AND u.is_sso_user = FALSE AND u.id <> $4
        UNION ALL
        SELECT u.id FROM identities i JOIN users u ON u.id = i.user_id
        WHERE i.email = $2 AND i.provider NOT LIKE 'sso:%' AND u.aud = $3 AND u.id <> $4
        LIMIT 1";
    Query PHONE_TAKEN = "
        SELECT id FROM users WHERE phone = $2 AND instance_id = $1 AND aud = $3 LIMIT 1";
}

/// Adds a user. Fails with a duplicate of `users.email` or `users.phone`.
pub fn insert(tx: &mut Tx, user: &User) {
    let mut params = user.params();
    params.push(Uuid::nil().into());
    tx.queue(INSERT, params);
}

/// Reads a user and keeps it from being changed by anyone else until the transaction ends.
pub async fn lock(tx: &mut Tx, id: UserId) -> Result<Option<User>> {
    let row = tx.returning(LOCK, params![id]).await?;
    row.map(|mut row| User::take(&mut row)).transpose()
}

/// Writes every column of a user that this transaction has [`lock`]ed.
pub fn save(tx: &mut Tx, user: &User) {
    tx.queue(SAVE, user.params());
}

/// The stored passwords of up to `limit` users; empty ones too. Ids are random, so the first are as
/// good a sample as any, and the same each time.
pub async fn sample_of_passwords(db: &mut impl Read, limit: i64) -> Result<Vec<(Uuid, String)>> {
    let rows = db.rows(SAMPLE, params![limit]).await?;
    rows.into_iter()
        .map(|mut row| Ok((row.take()?, row.take()?)))
        .collect()
}

/// Notes a sign-in.
pub fn signed_in(tx: &mut Tx, id: UserId, at: Time) {
    tx.queue(SIGNED_IN, params![id, at]);
}

/// Replaces the password hash `old`, which was just verified, by a stronger hash of the same
/// password; does nothing if the password has changed meanwhile.
pub fn rehashed(tx: &mut Tx, id: UserId, old: &str, new: &str) {
    tx.queue(REHASHED, params![id, old, new]);
}

/// Removes a user and, by the schema's cascades, all that hangs on it.
pub fn delete(tx: &mut Tx, id: UserId) {
    tx.queue(DELETE, params![id]);
}

/// Removes the passkeys of a user that stays: without them nobody signs in as it.
pub fn delete_passkeys(tx: &mut Tx, id: UserId) {
    tx.queue(DELETE_PASSKEYS, params![id]);
}

/// Who has this address among the users of `audience`.
pub async fn id_of_email(
    db: &mut impl Read,
    email: &Email,
    audience: &str,
) -> Result<Option<UserId>> {
    let row = db
        .row(EMAIL_TAKEN, params![Uuid::nil(), email.as_str(), audience])
        .await?;
    row.map(|mut row: Row| row.take()).transpose()
}

/// Someone else among the users of `audience` has this address, in the user or in an identity.
pub async fn is_email_held(
    db: &mut impl Read,
    email: &Email,
    audience: &str,
    by_other_than: UserId,
) -> Result<bool> {
    let params = params![Uuid::nil(), email.as_str(), audience, by_other_than];
    Ok(db.row(EMAIL_HELD, params).await?.is_some())
}

/// Who has this number among the users of `audience`.
pub async fn id_of_phone(
    db: &mut impl Read,
    phone: &Phone,
    audience: &str,
) -> Result<Option<UserId>> {
    let row = db
        .row(PHONE_TAKEN, params![Uuid::nil(), phone.as_str(), audience])
        .await?;
    row.map(|mut row: Row| row.take()).transpose()
}
