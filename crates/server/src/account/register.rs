//! `POST /register`.

use crate::account::body::Fields;
use crate::account::error::Failure;
use crate::account::wire;
use crate::http::exchange::Exchange;
use crate::http::reply::Reply;
use authn::Authn;
use authn::account::{
    AvatarUrl, FullName, NewPassword, NewProfile, PasswordRules, Registration, Welcome,
};
use axum::http::StatusCode;
use types::limits::ACCOUNT_EMAIL_BYTES_MAX;
use types::{Email, InvalidContact};

const FIELDS: &[&str] = &[
    "email",
    "password",
    "confirm_password",
    "full_name",
    "avatar_url",
];

/// Registers a user, with profile and opening credits, and signs them in unless their address must
/// be confirmed first.
pub(super) async fn register(exchange: &Exchange) -> Result<Reply, Failure> {
    let (authn, call) = (&exchange.app.authn, &exchange.call);
    let registration = read(exchange, authn)?;
    Ok(match authn.register_member(call, registration).await? {
        Welcome::SignedIn(signed_in) => wire::tokens(StatusCode::CREATED, &signed_in),
        Welcome::Unconfirmed => wire::message(
            StatusCode::ACCEPTED,
            "Please confirm your address: we have sent you a mail.",
        ),
    })
}

fn read(exchange: &Exchange, authn: &Authn) -> Result<Registration, Failure> {
    let mut fields = Fields::read(exchange, FIELDS)?;
    let email = fields.required("email", |text| email(&text));
    let password = new_password(&mut fields, "password", authn.password_rules());
    let full_name = fields.optional("full_name", |text| FullName::parse(&text));
    let avatar_url = fields.optional("avatar_url", |text| AvatarUrl::parse(&text));
    let profile = NewProfile {
        full_name: full_name.flatten(),
        avatar_url: avatar_url.flatten(),
    };
    let registration = email.zip(password).map(|(email, password)| Registration {
        email,
        password,
        profile,
    });
    fields.finish(registration)
}

/// A new password, and what repeats it.
pub(super) fn new_password(
    fields: &mut Fields,
    name: &str,
    rules: PasswordRules<'_>,
) -> Option<NewPassword> {
    let as_it_is = |text: String| Ok::<_, String>(text);
    let text = fields.required(name, as_it_is);
    let repeated = fields.optional("confirm_password", as_it_is);
    if let (Some(text), Some(repeated)) = (&text, &repeated)
        && text != repeated
    {
        fields.refuse("confirm_password", format_args!("must equal {name}"));
    }
    match rules.check(text?) {
        Ok(password) => Some(password),
        Err(faults) => {
            for fault in faults {
                fields.refuse(name, fault);
            }
            None
        }
    }
}

/// An address, with blanks around it dropped.
pub(super) fn email(text: &str) -> Result<Email, String> {
    let text = text.trim();
    if text.len() > ACCOUNT_EMAIL_BYTES_MAX {
        return Err(format!("must have at most {ACCOUNT_EMAIL_BYTES_MAX} bytes"));
    }
    Email::parse(text).map_err(|invalid| match invalid {
        InvalidContact::EmailMissing => "is required".to_owned(),
        InvalidContact::EmailTooLong
        | InvalidContact::EmailFormat
        | InvalidContact::PhoneFormat => "must be an e-mail address".to_owned(),
    })
}

/// `POST /check-email`, which is not offered and says so.
pub(super) async fn check_email(_: &Exchange) -> Result<Reply, Failure> {
    Err(Failure::Gone(
        "This is not offered: it would tell anybody who has an account. Register, and see.",
    ))
}
