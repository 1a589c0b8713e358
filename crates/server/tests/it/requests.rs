//! One good request for each route of the GoTrue API: what its owner would send.

use crate::api::{Api, Asked, SignedIn};
use serde_json::{Value, json};

/// Whose route it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Owner {
    Anyone,
    User,
    Admin,
}

/// A user with everything that a path can name.
#[derive(Clone, Debug)]
pub(crate) struct Subject {
    pub(crate) user: SignedIn,
    factor: String,
    identity: String,
    challenge: String,
}

/// A route, and what its owner sends.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    owner: Owner,
    /// Path and query, for this subject.
    pub(crate) path: String,
    /// The JSON body; `null`: none.
    pub(crate) body: Value,
}

impl Subject {
    /// A new user with a session, a second factor that was challenged, and two identities.
    pub(crate) async fn create(api: &Api) -> Self {
        let user = api.sign_in().await;
        let token = &user.access_token;
        let enroll = json!({"factor_type": "totp", "friendly_name": "phone"});
        let factor = api.ask("POST", "/factors", token, enroll).await.json();
        let factor = factor["id"].as_str().expect("an id").to_owned();
        let path = format!("/factors/{factor}/challenge");
        let challenge = api.ask("POST", &path, token, json!({})).await.json();
        let digits: String = user
            .id
            .bytes()
            .map(|byte| char::from(b'0' + byte % 10))
            .collect();
        let path = format!("/admin/users/{}", user.id);
        let phone = json!({"phone": format!("1{}", &digits[..12])});
        let changed = api.administer("PUT", &path, phone).await;
        Self {
            factor,
            identity: changed["identities"][0]["identity_id"]
                .as_str()
                .expect("an id")
                .to_owned(),
            challenge: challenge["id"].as_str().expect("an id").to_owned(),
            user,
        }
    }
}

impl Request {
    /// What the owner of `method` on `path` sends; panics for a route that is not in the table.
    pub(crate) fn of(method: &str, path: &str, subject: &Subject) -> Self {
        let (owner, query, body) = table(method, path, subject);
        let path = path
            .replace("{user_id}", &subject.user.id)
            .replace("{factor_id}", &subject.factor)
            .replace("{identity_id}", &subject.identity);
        Self {
            owner,
            path: format!("{path}{query}"),
            body,
        }
    }

    /// The token of the route's owner.
    pub(crate) fn token(&self, api: &Api, subject: &Subject) -> String {
        match self.owner {
            Owner::Anyone => String::new(),
            Owner::User => subject.user.access_token.clone(),
            Owner::Admin => api.service_key.clone(),
        }
    }

    pub(crate) fn by(&self, method: &str, token: &str) -> Asked {
        Asked::json(method, &self.path, token, &self.body)
    }
}

/// Query and body of a route; `None`: the route is another's.
type Parts = Option<(&'static str, Value)>;

/// Owner, query and body of each route. A new route has to be added to one of the three tables.
fn table(method: &str, path: &str, subject: &Subject) -> (Owner, &'static str, Value) {
    let owned = |owner, parts: Parts| parts.map(|(query, body)| (owner, query, body));
    let found = owned(Owner::Anyone, of_anyone(method, path, subject))
        .or_else(|| owned(Owner::User, of_users(method, path, subject)))
        .or_else(|| owned(Owner::Admin, of_administrators(method, path, subject)));
    found.unwrap_or_else(|| panic!("{method} {path} has no request yet: add it to a table"))
}

fn of_anyone(method: &str, path: &str, subject: &Subject) -> Parts {
    let email = subject.user.email.as_str();
    Some(match (method, path) {
        ("GET", "/health" | "/settings") => ("", Value::Null),
        ("GET", path) if path.starts_with("/.well-known/") => ("", Value::Null),
        ("POST", "/signup") => (
            "?redirect_to=http://app.example.test/a",
            json!({"email": new_email(subject), "phone": "", "password": "long-enough-1",
                "data": {"a": 1}, "channel": "", "code_challenge": "",
                "code_challenge_method": ""}),
        ),
        ("POST", "/token") => (
            "?grant_type=refresh_token",
            json!({"refresh_token": subject.user.refresh_token}),
        ),
        ("GET", "/authorize") => (
            "?provider=github&redirect_to=http://app.example.test",
            Value::Null,
        ),
        ("GET" | "POST", "/callback") => ("?code=x&state=y", Value::Null),
        ("POST", "/otp") => (
            "",
            json!({"email": email, "phone": "", "create_user": true, "data": {}, "channel": "",
                "code_challenge": "", "code_challenge_method": ""}),
        ),
        ("POST", "/magiclink") => (
            "",
            json!({"email": email, "data": {}, "code_challenge": "", "code_challenge_method": ""}),
        ),
        ("POST", "/recover") => (
            "",
            json!({"email": email, "code_challenge": "", "code_challenge_method": ""}),
        ),
        ("POST", "/resend") => (
            "",
            json!({"type": "signup", "email": email, "phone": "", "code_challenge": "",
                "code_challenge_method": ""}),
        ),
        ("GET", "/verify") => (
            "?token=x&type=signup&redirect_to=http://app.example.test",
            Value::Null,
        ),
        ("POST", "/verify") => (
            "",
            json!({"type": "email", "token": "000000", "token_hash": "", "email": email,
                "phone": "", "redirect_to": ""}),
        ),
        _ => return None,
    })
}

fn of_users(method: &str, path: &str, subject: &Subject) -> Parts {
    Some(match (method, path) {
        ("POST", "/logout") => ("?scope=local", Value::Null),
        ("GET", "/reauthenticate" | "/user")
        | ("DELETE", "/user/identities/{identity_id}" | "/factors/{factor_id}") => {
            ("", Value::Null)
        }
        ("PUT", "/user") => (
            "",
            json!({"email": "", "phone": "", "nonce": "", "data": {"a": 1}, "channel": "",
                "code_challenge": "", "code_challenge_method": ""}),
        ),
        ("GET", "/user/identities/authorize") => ("?provider=github", Value::Null),
        ("POST", "/factors") => (
            "",
            json!({"factor_type": "totp", "friendly_name": "another", "issuer": "Example",
                "phone": ""}),
        ),
        ("POST", "/factors/{factor_id}/challenge") => ("", json!({})),
        ("POST", "/factors/{factor_id}/verify") => (
            "",
            json!({"challenge_id": subject.challenge, "code": "000000"}),
        ),
        _ => return None,
    })
}

fn of_administrators(method: &str, path: &str, subject: &Subject) -> Parts {
    let email = subject.user.email.as_str();
    Some(match (method, path) {
        ("POST", "/invite") => ("", json!({"email": new_email(subject), "data": {}})),
        ("POST", "/admin/generate_link") => (
            "",
            json!({"type": "magiclink", "email": email, "new_email": "", "password": "",
                "data": {}, "redirect_to": ""}),
        ),
        (
            "GET",
            "/admin/sso/providers"
            | "/admin/custom-providers"
            | "/admin/users/{user_id}"
            | "/admin/users/{user_id}/factors",
        )
        | ("DELETE", "/admin/users/{user_id}/factors/{factor_id}") => ("", Value::Null),
        ("GET", "/admin/users") => (
            "?page=1&per_page=2&filter=user&sort=created_at%20asc",
            Value::Null,
        ),
        ("POST", "/admin/users") | ("PUT", "/admin/users/{user_id}") => {
            ("", user_fields(&new_email(subject)))
        }
        ("DELETE", "/admin/users/{user_id}") => ("", json!({"should_soft_delete": true})),
        ("PUT", "/admin/users/{user_id}/factors/{factor_id}") => {
            ("", json!({"friendly_name": "renamed", "phone": ""}))
        }
        ("GET", "/admin/audit") => ("?page=1&per_page=2&query=action:login", Value::Null),
        _ => return None,
    })
}

fn new_email(subject: &Subject) -> String {
    format!("new-{}", subject.user.email)
}

fn user_fields(email: &str) -> Value {
    json!({"id": "", "aud": "", "role": "editor", "email": email, "phone": "",
        "password_hash": "", "email_confirm": true, "phone_confirm": false,
        "user_metadata": {"full_name": "A"}, "app_metadata": {"plan": "pro"},
        "ban_duration": "none"})
}
