//! A user with all that answers about it need: identities, factors and one session, in one read.

use crate::db::{Read, Row, Tx, params, statements};
use crate::error::Result;
use crate::factors::Factor;
use crate::identities::Identity;
use crate::sessions::Session;
use crate::users::User;
use types::{Email, FactorId, IdentityId, Phone, SessionId, UserId};
use uuid::Uuid;

/// One row per pair of identity and factor: a user has few of either, and one text serves both
/// engines. Who needs more columns names them, and the joins that they come from.
macro_rules! account_select {
    ($session:literal, $where:literal) => {
        $crate::accounts::account_select!("", "", $session, $where)
    };
    ($columns:literal, $joins:literal, $session:literal, $where:literal) => {
        concat!(
            "SELECT u.id, u.aud, u.role, u.email, u.encrypted_password, u.email_confirmed_at,
                u.invited_at, u.confirmation_token, u.confirmation_sent_at, u.recovery_token,
                u.recovery_sent_at, u.email_change_token_new, u.email_change,
                u.email_change_sent_at, u.last_sign_in_at, u.raw_app_meta_data,
                u.raw_user_meta_data, u.created_at, u.updated_at, u.phone, u.phone_confirmed_at,
                u.phone_change, u.phone_change_token, u.phone_change_sent_at, u.confirmed_at,
                u.email_change_token_current, u.email_change_confirm_status, u.banned_until,
                u.reauthentication_token, u.reauthentication_sent_at, u.is_sso_user, u.deleted_at,
                u.is_anonymous,
                i.id, i.provider_id, i.user_id, i.identity_data, i.provider, i.last_sign_in_at,
                i.created_at, i.updated_at,
                f.id, f.user_id, f.friendly_name, f.factor_type, f.status, f.created_at,
                f.updated_at, f.secret, f.phone, f.last_challenged_at,
                s.id, s.user_id, s.created_at, s.updated_at, s.factor_id, s.aal, s.not_after,
                s.refreshed_at, s.user_agent, s.ip, s.tag, s.refresh_token_hmac_key,
                s.refresh_token_counter",
            $columns,
            "
            FROM users u
            LEFT JOIN identities i ON i.user_id = u.id
            LEFT JOIN mfa_factors f ON f.user_id = u.id
            LEFT JOIN sessions s ON ",
            $session,
            $joins,
            " WHERE ",
            $where,
        )
    };
}
pub(crate) use account_select;

statements! {
    Query BY_ID = (account_select!("s.id = $2 AND s.user_id = u.id", "u.id = $1"));
    Query BY_EMAIL = (account_select!(
        "s.id = $4 AND s.user_id = u.id",
        "u.instance_id = $1 AND lower(u.email) = $2 AND u.aud = $3 AND u.is_sso_user = FALSE"
    ));
    Query BY_PHONE = (account_select!(
        "s.id = $4 AND s.user_id = u.id",
        "u.phone = $2 AND u.instance_id = $1 AND u.aud = $3 AND u.is_sso_user = FALSE"
    ));
}

/// A user with identities, factors and at most one session.
#[derive(Debug, Clone, PartialEq)]
pub struct Account {
    /// The user.
    pub user: User,
    /// Identities, oldest first.
    pub identities: Vec<Identity>,
    /// Second factors, oldest first.
    pub factors: Vec<Factor>,
    /// The session that was asked for, if it lives.
    pub session: Option<Session>,
}

impl Account {
    /// A user that has nothing yet.
    pub const fn new(user: User) -> Self {
        Self {
            user,
            identities: Vec::new(),
            factors: Vec::new(),
            session: None,
        }
    }

    /// The identity of one provider.
    pub fn identity(&self, provider: &str) -> Option<&Identity> {
        self.identities
            .iter()
            .find(|identity| identity.provider == provider)
    }

    /// The same, to change it.
    pub fn identity_mut(&mut self, provider: &str) -> Option<&mut Identity> {
        self.identities
            .iter_mut()
            .find(|identity| identity.provider == provider)
    }

    /// The user has a second factor that counts.
    pub fn has_verified_factor(&self) -> bool {
        self.factors.iter().any(Factor::is_verified)
    }
}

/// The user `id` and, of its sessions, `session`.
pub async fn find(
    db: &mut impl Read,
    id: UserId,
    session: Option<SessionId>,
) -> Result<Option<Account>> {
    let rows = db.rows(BY_ID, params![id, session]).await?;
    fold(rows)
}

/// The user with this address among those of `audience`.
pub async fn find_by_email(
    db: &mut impl Read,
    email: &Email,
    audience: &str,
) -> Result<Option<Account>> {
    let no_session: Option<SessionId> = None;
    let params = params![Uuid::nil(), email.as_str(), audience, no_session];
    fold(db.rows(BY_EMAIL, params).await?)
}

/// The user with this number among those of `audience`.
pub async fn find_by_phone(
    db: &mut impl Read,
    phone: &Phone,
    audience: &str,
) -> Result<Option<Account>> {
    let no_session: Option<SessionId> = None;
    let params = params![Uuid::nil(), phone.as_str(), audience, no_session];
    fold(db.rows(BY_PHONE, params).await?)
}

/// Reads a user again inside a transaction that has locked or made it.
pub async fn reload(tx: &mut Tx, id: UserId) -> Result<Option<Account>> {
    find(tx, id, None).await
}

fn fold(rows: Vec<Row>) -> Result<Option<Account>> {
    fold_with(rows, |_| Ok(()))
}

/// Puts the rows of a user together; `rest` takes what an `account_select!` asked for beyond the
/// account's own columns, once for each row.
pub(crate) fn fold_with(
    rows: Vec<Row>,
    mut rest: impl FnMut(&mut Row) -> Result<()>,
) -> Result<Option<Account>> {
    let mut account: Option<Account> = None;
    for mut row in rows {
        let first = account.is_none();
        let current = match &mut account {
            Some(current) => {
                row.skip(User::COLUMNS);
                current
            }
            None => account.insert(Account::new(User::take(&mut row)?)),
        };
        take_identity(current, &mut row)?;
        take_factor(current, &mut row)?;
        let session = take_session(&mut row)?;
        if first {
            current.session = session;
        }
        rest(&mut row)?;
    }
    if let Some(account) = &mut account {
        // Those of one request are in the order in which GoTrue makes them: e-mail, phone.
        account.identities.sort_by(|one, other| {
            let key = |identity: &Identity| (identity.created_at, identity.provider == "phone");
            key(one)
                .cmp(&key(other))
                .then_with(|| one.id.cmp(&other.id))
        });
        account
            .factors
            .sort_by_key(|factor| (factor.created_at, factor.id));
    }
    Ok(account)
}

fn take_identity(account: &mut Account, row: &mut Row) -> Result<()> {
    match row.take::<Option<IdentityId>>()? {
        Some(id) if account.identities.iter().all(|known| known.id != id) => {
            account.identities.push(Identity::take(id, row)?);
        }
        _ => row.skip(Identity::COLUMNS - 1),
    }
    Ok(())
}

fn take_factor(account: &mut Account, row: &mut Row) -> Result<()> {
    match row.take::<Option<FactorId>>()? {
        Some(id) if account.factors.iter().all(|known| known.id != id) => {
            account.factors.push(Factor::take(id, row)?);
        }
        _ => row.skip(Factor::COLUMNS - 1),
    }
    Ok(())
}

fn take_session(row: &mut Row) -> Result<Option<Session>> {
    let Some(id) = row.take::<Option<SessionId>>()? else {
        row.skip(Session::COLUMNS - 1);
        return Ok(None);
    };
    Session::take(id, row).map(Some)
}
