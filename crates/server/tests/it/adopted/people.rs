//! Users: their passwords of all kinds, their states, and what is stored of them.

use super::{adopted, claims, expectations, manifest, refresh, rows, session_of, sign_in, text};
use crate::api::{Answer, Api};
use crate::golden::token::totp;
use serde_json::{Value, json};
use types::Clock;

const OTHER_PASSWORD: &str = "not-the-password-1";

/// One user of the manifest.
struct Person<'a> {
    api: &'a Api,
    manifest: &'a Value,
    row: &'a Value,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_person_is_as_the_manifest_says() {
    let manifest = manifest();
    let Some(api) = adopted(&manifest).await else {
        return;
    };
    let everyone = api.administer("GET", "/admin/users?per_page=100", Value::Null);
    let listed = everyone.await["users"].as_array().expect("a list").len();
    let rows = rows(&manifest, "users");
    assert_eq!(listed, rows.len(), "hand-made rows are listed like others");
    for row in &rows {
        let person = Person {
            api: &api,
            manifest: &manifest,
            row,
        };
        for expectation in expectations(row) {
            person.check(&expectation).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_access_token_of_the_old_server_is_good_until_it_expires() {
    let manifest = manifest();
    let Some(api) = adopted(&manifest).await else {
        return;
    };
    let token = text(&manifest["sample_access_token"], "token");
    let user = api.ask("GET", "/user", token, Value::Null).await;
    assert_eq!(user.status(), 200, "{}", user.text());
    assert_eq!(user.json()["email"], "user01@example.com");
    api.app.clock().advance(std::time::Duration::from_hours(1));
    let user = api.ask("GET", "/user", token, Value::Null).await;
    assert_eq!(user.verdict(), "403 bad_jwt");
}

/// The time of a refused sign-in would tell who has an account of old, if nobody's hash cost what
/// a new one does.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_unknown_costs_what_the_hashes_of_the_old_server_cost() {
    let Some(mut api) = adopted(&manifest()).await else {
        return;
    };
    let running = api.app.server("gotrue", &[]).await;
    let costs = format!("{:?}", running.built.app.authn);
    let (_, costs) = costs.split_once("nobody: [").expect("what nobody costs");
    let (costs, _) = costs.split_once(']').expect("the end of the list");
    for cost in [
        "Bcrypt { cost: 10 }",
        "Argon2 { is_id: true",
        "Firebase { n: 16384, r: 8, p: 1 }",
    ] {
        assert!(costs.contains(cost), "{cost} is not in {costs}");
    }
}

impl Person<'_> {
    fn id(&self) -> &str {
        text(self.row, "id")
    }

    fn email(&self) -> (&'static str, &str) {
        ("email", text(self.row, "email"))
    }

    async fn sign_in(&self) -> Answer {
        sign_in(self.api, self.email(), text(self.row, "password")).await
    }

    async fn signs_in(&self) -> Value {
        session_of(&self.sign_in().await, self.id(), text(self.row, "kind"))
    }

    async fn is_refused(&self, password: &str, verdict: &str) {
        let answer = sign_in(self.api, self.email(), password).await;
        assert_eq!(answer.verdict(), verdict, "{}", self.row);
    }

    async fn stored(&self) -> Value {
        let path = format!("/admin/users/{}", self.id());
        self.api.administer("GET", &path, Value::Null).await
    }

    /// The pending codes of this person.
    fn codes(&self) -> Vec<Value> {
        let codes = rows(self.manifest, "one_time_tokens").into_iter();
        codes.filter(|code| code["user_id"] == self.id()).collect()
    }

    async fn verify(&self, code: &Value) -> Answer {
        let body = json!({ "type": code["type"], "token_hash": code["token_hash"] });
        self.api.ask("POST", "/verify", "", body).await
    }

    async fn check(&self, expectation: &str) {
        match expectation {
            // About the server that was there before.
            "the original server answers 500 for this row and for lists that contain it" => {}
            "password login succeeds"
            | "password login works with the old address"
            | "an adopting server must accept it: NULL means empty; login succeeds" => {
                self.signs_in().await;
            }
            "wrong password fails with invalid_credentials"
            | "password login fails with invalid_credentials"
            | "no password login" => {
                self.is_refused(OTHER_PASSWORD, "400 invalid_credentials")
                    .await;
            }
            "login fails with invalid_credentials" => {
                self.is_refused(text(self.row, "password"), "400 invalid_credentials")
                    .await;
            }
            "password login fails with email_not_confirmed" => {
                self.is_refused(text(self.row, "password"), "400 email_not_confirmed")
                    .await;
            }
            "password login fails with user_banned" => {
                self.is_refused(text(self.row, "password"), "400 user_banned")
                    .await;
            }
            other => self.check_state(other).await,
        }
    }

    async fn check_state(&self, expectation: &str) {
        match expectation {
            "after the pending confirmation is used, password login succeeds" => {
                self.verify(&self.codes()[0]).await;
                self.signs_in().await;
            }
            "accepting the invitation gives a session" => {
                let accepted = self.verify(&self.codes()[0]).await;
                session_of(&accepted, self.id(), expectation);
            }
            "GET user shows new_email change.new@example.com" => {
                assert_eq!(self.stored().await["new_email"], self.row["new_email"]);
            }
            "both tokens used, in either order, moves the account to the new address" => {
                let codes = self.codes();
                assert_eq!(self.verify(&codes[0]).await.json()["code"], "200");
                session_of(&self.verify(&codes[1]).await, self.id(), expectation);
                assert_eq!(self.stored().await["email"], self.row["new_email"]);
            }
            "the row stays, with hashed e-mail and deleted_at" => {
                let stored = self.stored().await;
                assert_eq!(stored["email"], self.row["stored_email"]);
                assert!(stored["deleted_at"].is_string(), "{stored}");
            }
            "the address can be signed up again" => {
                let body = json!({ "email": self.row["email"], "password": "a-new-password-1" });
                let answer = self.api.ask("POST", "/signup", "", body).await;
                assert_eq!(answer.status(), 200, "{}", answer.text());
                assert_ne!(answer.json()["id"], self.id());
            }
            "is_anonymous is true, identities is empty" => {
                let stored = self.stored().await;
                assert_eq!(stored["is_anonymous"], true);
                assert_eq!(stored["identities"], json!([]));
            }
            "its refresh token works" => {
                let tokens = rows(self.manifest, "refresh_tokens").into_iter();
                let mut own = tokens.filter(|token| token["user_id"] == self.id());
                let own = own.next().expect("a token");
                let answer = refresh(self.api, text(&own, "token")).await;
                session_of(&answer, self.id(), expectation);
            }
            other => self.check_identity(other).await,
        }
    }

    async fn check_identity(&self, expectation: &str) {
        match expectation {
            "password login with phone +15555550199 or 15555550199 succeeds" => {
                for number in ["+15555550199", "15555550199"] {
                    let password = text(self.row, "password");
                    let answer = sign_in(self.api, ("phone", number), password).await;
                    session_of(&answer, self.id(), number);
                }
            }
            "stored lower-case; login works with any letter case" => {
                assert_eq!(self.stored().await["email"], self.row["stored_email"]);
                for email in ["UPPER.CASE@EXAMPLE.COM", "upper.case@example.com"] {
                    let password = text(self.row, "password");
                    let answer = sign_in(self.api, ("email", email), password).await;
                    session_of(&answer, self.id(), email);
                }
            }
            "google sign-in with provider id 109876543210 reaches this user" => {
                let stored = self.stored().await;
                assert_eq!(stored["identities"][0]["provider"], "google");
                assert_eq!(stored["identities"][0]["id"], self.row["provider_id"]);
            }
            "password login gives an aal1 session" => {
                assert_eq!(claims(&self.signs_in().await)["aal"], "aal1");
            }
            "challenge and verify with a code for the secret gives aal2" => self.steps_up().await,
            "PUT /user with a password on aal1 fails with insufficient_aal" => {
                let session = self.signs_in().await;
                let body = json!({ "password": "a-new-password-1" });
                let token = text(&session, "access_token");
                let answer = self.api.ask("PUT", "/user", token, body).await;
                assert_eq!(answer.verdict(), "401 insufficient_aal");
            }
            metadata if metadata.starts_with("user_metadata contains these keys") => {
                let user = self.signs_in().await["user"].clone();
                assert_eq!(user["user_metadata"], self.row["stored_user_metadata"]);
            }
            unknown => panic!("nobody checks that `{unknown}`"),
        }
    }

    async fn steps_up(&self) {
        let session = self.signs_in().await;
        let token = text(&session, "access_token");
        let factor = format!("/factors/{}", text(self.row, "factor_id"));
        let path = format!("{factor}/challenge");
        let challenge = self.api.ask("POST", &path, token, json!({})).await.json();
        let seconds = self.api.app.clock().now().unix_seconds();
        let seconds = u64::try_from(seconds).expect("after 1970");
        let code = totp(text(self.row, "totp_secret"), seconds);
        let body = json!({ "challenge_id": challenge["id"], "code": code });
        let path = format!("{factor}/verify");
        let answer = self.api.ask("POST", &path, token, body).await;
        let session = session_of(&answer, self.id(), "the second factor");
        assert_eq!(claims(&session)["aal"], "aal2");
    }
}
