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

/// Owner, query and body of each route. A new route has to be added here.
#[expect(
    clippy::too_many_lines,
    clippy::match_same_arms,
    reason = "one flat table: a line per route"
)]
fn table(method: &str, path: &str, subject: &Subject) -> (Owner, &'static str, Value) {
    use Owner::{Admin, Anyone, User};
    let email = subject.user.email.as_str();
    let new_email = format!("new-{email}");
    let none = Value::Null;
    match (method, path) {
        ("GET", "/health" | "/settings") => (Anyone, "", none),
        ("GET", path) if path.starts_with("/.well-known/") => (Anyone, "", none),
        ("POST", "/signup") => (
            Anyone,
            "?redirect_to=http://app.example.test/a",
            json!({"email": new_email, "phone": "", "password": "long-enough-1", "data": {"a": 1},
                "channel": "", "code_challenge": "", "code_challenge_method": ""}),
        ),
        ("POST", "/token") => (
            Anyone,
            "?grant_type=refresh_token",
            json!({"refresh_token": subject.user.refresh_token}),
        ),
        ("POST", "/logout") => (User, "?scope=local", none),
        ("GET", "/authorize") => (
            Anyone,
            "?provider=github&redirect_to=http://app.example.test",
            none,
        ),
        ("GET" | "POST", "/callback") => (Anyone, "?code=x&state=y", none),
        ("POST", "/otp") => (
            Anyone,
            "",
            json!({"email": email, "phone": "", "create_user": true, "data": {}, "channel": "",
                "code_challenge": "", "code_challenge_method": ""}),
        ),
        ("POST", "/magiclink") => (
            Anyone,
            "",
            json!({"email": email, "data": {}, "code_challenge": "", "code_challenge_method": ""}),
        ),
        ("POST", "/recover") => (
            Anyone,
            "",
            json!({"email": email, "code_challenge": "", "code_challenge_method": ""}),
        ),
        ("POST", "/resend") => (
            Anyone,
            "",
            json!({"type": "signup", "email": email, "phone": "", "code_challenge": "",
                "code_challenge_method": ""}),
        ),
        ("GET", "/reauthenticate") => (User, "", none),
        ("GET", "/verify") => (
            Anyone,
            "?token=x&type=signup&redirect_to=http://app.example.test",
            none,
        ),
        ("POST", "/verify") => (
            Anyone,
            "",
            json!({"type": "email", "token": "000000", "token_hash": "", "email": email,
                "phone": "", "redirect_to": ""}),
        ),
        ("GET", "/user") => (User, "", none),
        ("PUT", "/user") => (
            User,
            "",
            json!({"email": "", "phone": "", "nonce": "", "data": {"a": 1}, "channel": "",
                "code_challenge": "", "code_challenge_method": ""}),
        ),
        ("GET", "/user/identities/authorize") => (User, "?provider=github", none),
        ("DELETE", "/user/identities/{identity_id}") => (User, "", none),
        ("POST", "/factors") => (
            User,
            "",
            json!({"factor_type": "totp", "friendly_name": "another", "issuer": "Example",
                "phone": ""}),
        ),
        ("POST", "/factors/{factor_id}/challenge") => (User, "", json!({})),
        ("POST", "/factors/{factor_id}/verify") => (
            User,
            "",
            json!({"challenge_id": subject.challenge, "code": "000000"}),
        ),
        ("DELETE", "/factors/{factor_id}") => (User, "", none),
        ("POST", "/invite") => (Admin, "", json!({"email": new_email, "data": {}})),
        ("POST", "/admin/generate_link") => (
            Admin,
            "",
            json!({"type": "magiclink", "email": email, "new_email": "", "password": "",
                "data": {}, "redirect_to": ""}),
        ),
        ("GET", "/admin/sso/providers" | "/admin/custom-providers") => (Admin, "", none),
        ("GET", "/admin/users") => (
            Admin,
            "?page=1&per_page=2&filter=user&sort=created_at%20asc",
            none,
        ),
        ("POST", "/admin/users") => (Admin, "", user_fields(&new_email)),
        ("GET", "/admin/users/{user_id}") => (Admin, "", none),
        ("PUT", "/admin/users/{user_id}") => (Admin, "", user_fields(&new_email)),
        ("DELETE", "/admin/users/{user_id}") => (Admin, "", json!({"should_soft_delete": true})),
        ("GET", "/admin/users/{user_id}/factors") => (Admin, "", none),
        ("PUT", "/admin/users/{user_id}/factors/{factor_id}") => {
            (Admin, "", json!({"friendly_name": "renamed", "phone": ""}))
        }
        ("DELETE", "/admin/users/{user_id}/factors/{factor_id}") => (Admin, "", none),
        ("GET", "/admin/audit") => (Admin, "?page=1&per_page=2&query=action:login", none),
        _ => panic!("{method} {path} has no request yet: add it to the table"),
    }
}

fn user_fields(email: &str) -> Value {
    json!({"id": "", "aud": "", "role": "editor", "email": email, "phone": "",
        "password_hash": "", "email_confirm": true, "phone_confirm": false,
        "user_metadata": {"full_name": "A"}, "app_metadata": {"plan": "pro"},
        "ban_duration": "none"})
}
