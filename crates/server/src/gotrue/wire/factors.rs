//! What the steps of a second factor answer.

use authn::mfa::{Challenged, Enrolled};
use serde::Serialize;
use types::FactorId;

/// A factor that waits for its first code.
#[derive(Debug, Serialize)]
pub(in crate::gotrue) struct EnrolledBody<'a> {
    id: String,
    r#type: &'a str,
    friendly_name: &'a str,
    totp: TotpBody<'a>,
}

#[derive(Debug, Serialize)]
struct TotpBody<'a> {
    qr_code: &'a str,
    secret: &'a str,
    uri: &'a str,
}

impl<'a> EnrolledBody<'a> {
    pub(in crate::gotrue) fn of(enrolled: &'a Enrolled) -> Self {
        let factor = &enrolled.factor;
        Self {
            id: factor.id.to_string(),
            r#type: &factor.factor_type,
            friendly_name: factor.friendly_name.as_deref().unwrap_or_default(),
            totp: TotpBody {
                qr_code: &enrolled.qr_svg,
                secret: &enrolled.secret,
                uri: &enrolled.uri,
            },
        }
    }
}

/// A question that waits for its answer.
#[derive(Debug, Serialize)]
pub(in crate::gotrue) struct ChallengedBody<'a> {
    id: String,
    r#type: &'a str,
    expires_at: i64,
}

impl<'a> ChallengedBody<'a> {
    pub(in crate::gotrue) fn of(challenged: &'a Challenged) -> Self {
        Self {
            id: challenged.id.to_string(),
            r#type: &challenged.factor_type,
            expires_at: challenged.expires_at,
        }
    }
}

/// The factor that is gone.
#[derive(Debug, Serialize)]
pub(in crate::gotrue) struct UnenrolledBody {
    id: String,
}

impl UnenrolledBody {
    pub(in crate::gotrue) fn of(id: FactorId) -> Self {
        Self { id: id.to_string() }
    }
}
