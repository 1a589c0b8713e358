//! Users and sessions as GoTrue writes them: the same keys in the same order.

mod factors;

pub(super) use factors::{ChallengedBody, EnrolledBody, UnenrolledBody};

use crate::gotrue::json;
use crate::http::reply::{self, Reply};
use authn::generate_link::GeneratedLink;
use authn::{Issued, Sent};
use axum::http::StatusCode;
use serde::Serialize;
use serde::ser::{SerializeSeq, Serializer};
use serde_json::{Map, Value as Json};
use store::Account;
use store::audit::LoggedEntry;
use store::factors::Factor;
use store::identities::Identity;
use store::users::User;
use types::Time;

/// A user; identities and factors as the endpoint wants them.
#[derive(Debug, Serialize)]
pub(super) struct UserBody<'a> {
    id: String,
    aud: &'a str,
    role: &'a str,
    email: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    email_confirmed_at: Option<Stamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    invited_at: Option<Stamp>,
    phone: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone_confirmed_at: Option<Stamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    confirmation_sent_at: Option<Stamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    confirmed_at: Option<Stamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recovery_sent_at: Option<Stamp>,
    #[serde(skip_serializing_if = "str::is_empty")]
    new_email: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    email_change_sent_at: Option<Stamp>,
    #[serde(skip_serializing_if = "str::is_empty")]
    new_phone: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone_change_sent_at: Option<Stamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reauthentication_sent_at: Option<Stamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_sign_in_at: Option<Stamp>,
    app_metadata: &'a Map<String, Json>,
    user_metadata: &'a Map<String, Json>,
    #[serde(skip_serializing_if = "Factors::is_empty")]
    factors: Factors<'a>,
    identities: Identities<'a>,
    created_at: Stamp,
    updated_at: Stamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    banned_until: Option<Stamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deleted_at: Option<Stamp>,
    is_anonymous: bool,
}

/// A point in time as RFC 3339.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stamp(pub(super) Time);

impl Serialize for Stamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// Identities: a list, or `null` where GoTrue does not load them.
#[derive(Debug)]
enum Identities<'a> {
    Null,
    List(&'a [Identity]),
}

impl Serialize for Identities<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_none(),
            Self::List(identities) => {
                let mut seq = serializer.serialize_seq(Some(identities.len()))?;
                for identity in *identities {
                    seq.serialize_element(&IdentityBody::of(identity))?;
                }
                seq.end()
            }
        }
    }
}

#[derive(Debug)]
struct Factors<'a>(&'a [Factor]);

impl Factors<'_> {
    const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for Factors<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(FactorBody::of))
    }
}

#[derive(Debug, Serialize)]
pub(super) struct IdentityBody<'a> {
    identity_id: String,
    id: &'a str,
    user_id: String,
    #[serde(skip_serializing_if = "Map::is_empty")]
    identity_data: &'a Map<String, Json>,
    provider: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_sign_in_at: Option<Stamp>,
    created_at: Option<Stamp>,
    updated_at: Option<Stamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
}

impl<'a> IdentityBody<'a> {
    pub(super) fn of(identity: &'a Identity) -> Self {
        Self {
            identity_id: identity.id.to_string(),
            id: &identity.provider_id,
            user_id: identity.user_id.to_string(),
            identity_data: &identity.data,
            provider: &identity.provider,
            last_sign_in_at: identity.last_sign_in_at.map(Stamp),
            created_at: identity.created_at.map(Stamp),
            updated_at: identity.updated_at.map(Stamp),
            email: identity.email(),
        }
    }
}

/// A second factor; its secret never leaves the server again.
#[derive(Debug, Serialize)]
pub(super) struct FactorBody<'a> {
    id: String,
    created_at: Stamp,
    updated_at: Stamp,
    status: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    friendly_name: Option<&'a str>,
    factor_type: &'a str,
    phone: &'a str,
    last_challenged_at: Option<Stamp>,
}

impl<'a> FactorBody<'a> {
    pub(super) fn of(factor: &'a Factor) -> Self {
        let name = factor
            .friendly_name
            .as_deref()
            .filter(|name| !name.is_empty());
        Self {
            id: factor.id.to_string(),
            created_at: Stamp(factor.created_at),
            updated_at: Stamp(factor.updated_at),
            status: &factor.status,
            friendly_name: name,
            factor_type: &factor.factor_type,
            phone: factor.phone.as_deref().unwrap_or_default(),
            last_challenged_at: factor.last_challenged_at.map(Stamp),
        }
    }
}

impl<'a> UserBody<'a> {
    /// A user with identities and factors.
    pub(super) fn of(account: &'a Account) -> Self {
        let identities = Identities::List(&account.identities);
        Self::with(&account.user, identities, &account.factors)
    }

    /// A user in a list: identities are `null`, factors are left out.
    pub(super) fn listed(user: &'a User) -> Self {
        Self::with(user, Identities::Null, &[])
    }

    fn with(user: &'a User, identities: Identities<'a>, factors: &'a [Factor]) -> Self {
        Self {
            id: user.id.to_string(),
            aud: &user.aud,
            role: &user.role,
            email: user.email.as_deref().unwrap_or_default(),
            email_confirmed_at: user.email_confirmed_at.map(Stamp),
            invited_at: user.invited_at.map(Stamp),
            phone: user.phone.as_deref().unwrap_or_default(),
            phone_confirmed_at: user.phone_confirmed_at.map(Stamp),
            confirmation_sent_at: user.confirmation_sent_at.map(Stamp),
            confirmed_at: user.confirmed_at.map(Stamp),
            recovery_sent_at: user.recovery_sent_at.map(Stamp),
            new_email: &user.email_change,
            email_change_sent_at: user.email_change_sent_at.map(Stamp),
            new_phone: &user.phone_change,
            phone_change_sent_at: user.phone_change_sent_at.map(Stamp),
            reauthentication_sent_at: user.reauthentication_sent_at.map(Stamp),
            last_sign_in_at: user.last_sign_in_at.map(Stamp),
            app_metadata: &user.app_metadata,
            user_metadata: &user.user_metadata,
            factors: Factors(factors),
            identities,
            created_at: Stamp(user.created_at),
            updated_at: Stamp(user.updated_at),
            banned_until: user.banned_until.map(Stamp),
            deleted_at: user.deleted_at.map(Stamp),
            is_anonymous: user.is_anonymous,
        }
    }
}

/// A page of users.
#[derive(Debug, Serialize)]
pub(super) struct UsersBody<'a> {
    pub(super) users: Vec<UserBody<'a>>,
    pub(super) aud: &'a str,
}

/// One line of the audit log.
#[derive(Debug, Serialize)]
pub(super) struct AuditBody<'a> {
    id: String,
    payload: &'a Json,
    created_at: Stamp,
    ip_address: &'a str,
}

impl<'a> AuditBody<'a> {
    pub(super) fn of(entry: &'a LoggedEntry) -> Self {
        Self {
            id: entry.id.to_string(),
            payload: &entry.payload,
            created_at: Stamp(entry.created_at),
            ip_address: &entry.ip_address,
        }
    }
}

/// What a signed-in client receives.
#[derive(Debug, Serialize)]
pub(super) struct SessionBody<'a> {
    access_token: &'a str,
    token_type: &'static str,
    expires_in: u64,
    expires_at: i64,
    refresh_token: &'a str,
    user: UserBody<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    provider_token: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    provider_refresh_token: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    weak_password: Option<Option<WeakBody<'a>>>,
}

/// Why a password is weak.
#[derive(Debug, Serialize)]
pub(super) struct WeakBody<'a> {
    message: &'a str,
    reasons: &'a [&'static str],
}

/// Whether the reply says something about the password's strength: only a sign-in with it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Strength {
    Told,
    NotTold,
}

impl<'a> SessionBody<'a> {
    pub(super) fn of(issued: &'a Issued, strength: Strength) -> Self {
        let weak = issued.weak_password.as_ref().map(|weak| WeakBody {
            message: &weak.message,
            reasons: &weak.reasons,
        });
        Self {
            access_token: &issued.access_token,
            token_type: "bearer",
            expires_in: issued.expires_in,
            expires_at: issued.expires_at,
            refresh_token: &issued.refresh_token,
            user: UserBody::of(&issued.account),
            provider_token: issued.provider_token.as_deref(),
            provider_refresh_token: issued.provider_refresh_token.as_deref(),
            weak_password: (strength == Strength::Told).then_some(weak),
        }
    }
}

/// A user with a link made for them: one flat object.
#[derive(Debug, Serialize)]
pub(super) struct LinkBody<'a> {
    #[serde(flatten)]
    user: UserBody<'a>,
    action_link: &'a str,
    email_otp: &'a str,
    hashed_token: &'a str,
    verification_type: &'a str,
    redirect_to: &'a str,
}

impl<'a> LinkBody<'a> {
    pub(super) fn of(link: &'a GeneratedLink) -> Self {
        Self {
            user: UserBody::of(&link.account),
            action_link: &link.action_link,
            email_otp: &link.email_otp,
            hashed_token: &link.hashed_token,
            verification_type: link.verification_type,
            redirect_to: &link.redirect_to,
        }
    }
}

/// What is told about a message that was sent.
#[derive(Debug, Serialize)]
pub(super) struct SentBody {
    #[serde(skip_serializing_if = "Option::is_none")]
    message_id: Option<&'static str>,
}

impl SentBody {
    /// The whole reply.
    pub(super) fn reply(sent: &Sent) -> Reply {
        let body = Self {
            message_id: sent.message_id,
        };
        reply::json(StatusCode::OK, text(&body))
    }
}

/// JSON text as Go writes it.
pub(super) fn text(body: &impl Serialize) -> String {
    json::to_string(body)
}
