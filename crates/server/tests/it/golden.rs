//! Replays the recorded transcripts of the real server against ours, answer by answer.

mod answer;
mod bindings;
mod derived;
mod exceptions;
mod forgery;
mod headers;
pub(crate) mod http_client;
mod instances;
mod json;
mod matcher;
mod our_server;
mod parallel;
mod placeholder;
mod proof;
mod recording;
mod replay;
mod report;
pub(crate) mod request;
mod scope;
mod self_replay;
mod state_change;
pub(crate) mod subject;
pub(crate) mod token;

use our_server::OurServer;
use recording::Recording;
use replay::Replay;
use scope::FILES_LEFT;
use subject::Engine;

/// Declares the test of each recording, on both engines.
macro_rules! stories {
    ($($test:ident: $file:literal,)*) => {
        /// The recordings that are replayed.
        const STORIES: &[&str] = &[$($file),*];

        $(
            mod $test {
                use super::{Engine, replay};

                #[tokio::test]
                async fn on_sqlite() {
                    replay($file, Engine::Sqlite).await;
                }

                #[tokio::test]
                async fn on_postgres() {
                    replay($file, Engine::Postgres).await;
                }
            }
        )*
    };
}

stories! {
    admin_users_are_as_recorded: "admin_users",
    anonymous_users_are_as_recorded: "anonymous",
    authorize_redirects_are_as_recorded: "authorize_redirects",
    cors_is_as_recorded: "cors",
    disabled_features_are_as_recorded: "disabled_features",
    error_shapes_are_as_recorded: "error_shapes",
    health_and_settings_are_as_recorded: "health_settings",
    identities_are_as_recorded: "identities",
    invitations_and_links_are_as_recorded: "invite_generate_link",
    keys_and_discovery_are_as_recorded: "jwks_discovery",
    logout_scopes_are_as_recorded: "logout_scopes",
    second_factors_are_as_recorded: "mfa_totp",
    codes_and_magic_links_are_as_recorded: "otp_magiclink",
    password_login_is_as_recorded: "password_login",
    phone_test_codes_are_as_recorded: "phone_test_otp",
    pkce_is_as_recorded: "pkce",
    recovery_and_verification_are_as_recorded: "recover_verify",
    refresh_v1_is_as_recorded: "refresh_v1",
    refresh_v2_is_as_recorded: "refresh_v2",
    resend_and_reauthenticate_are_as_recorded: "resend_reauthenticate",
    reuse_and_races_are_as_recorded: "reuse_and_races",
    signup_is_as_recorded: "signup",
    user_get_and_put_are_as_recorded: "user_get_put",
}

/// Replays one recording on `engine`, if that is there.
async fn replay(file: &str, engine: Engine) {
    let recording = Recording::read(file).unwrap_or_else(|why| panic!("{why}"));
    let instances = recording::instances().unwrap_or_else(|why| panic!("{why}"));
    let exceptions = exceptions::all();
    let Some(mut subject) = OurServer::open(&instances, engine).await else {
        return eprintln!("{file}: no {engine:?} to test on");
    };
    let report = Replay::new(&recording, &instances, &exceptions)
        .run(&mut subject)
        .await;
    report.assert_as_recorded();
}

#[test]
fn every_recording_is_replayed_or_left_out_with_a_reason() {
    for file in recording::files().unwrap_or_else(|why| panic!("{why}")) {
        let left = FILES_LEFT
            .iter()
            .any(|(other, reason)| *other == file && !reason.is_empty());
        assert!(STORIES.contains(&file.as_str()) != left, "{file}");
    }
}
