//! The beginning of sign-ins at providers: what is kept of it, and what the provider is told.

use super::Stage;
use crate::app::Engine;
use crate::engines::on_both_engines;
use authn::authorize::Authorization;
use authn::{Asked, Error, Refusal};
use std::collections::BTreeMap;
use url::Url;

on_both_engines!(
    a_flow_is_kept_under_the_state_of_the_request,
    a_provider_that_wants_a_challenge_gets_one_of_ours,
    custom_providers_are_read_from_the_database,
    linking_keeps_whose_account_it_is_for,
);

const PROVIDERS: &[(&str, &str)] = &[
    ("GOTRUE_EXTERNAL_GITHUB_ENABLED", "true"),
    ("GOTRUE_EXTERNAL_GITHUB_CLIENT_ID", "github-client"),
    ("GOTRUE_EXTERNAL_GITHUB_SECRET", "github-secret"),
    ("GOTRUE_EXTERNAL_X_ENABLED", "true"),
    ("GOTRUE_EXTERNAL_X_CLIENT_ID", "x-client"),
    ("GOTRUE_EXTERNAL_X_SECRET", "x-secret"),
    ("GOTRUE_SECURITY_MANUAL_LINKING_ENABLED", "true"),
];

fn wanted(provider: &str) -> Authorization {
    Authorization {
        provider: provider.to_owned(),
        ..Authorization::default()
    }
}

async fn authorize(stage: &Stage, wanted: Authorization) -> Result<Url, Error> {
    let asked = Asked::default();
    let url = stage.authn.authorize(&stage.call(), &asked, wanted).await?;
    Ok(url.parse().expect("a URL"))
}

fn parameters(url: &Url) -> BTreeMap<String, String> {
    url.query_pairs().into_owned().collect()
}

async fn a_flow_is_kept_under_the_state_of_the_request(engine: Engine) {
    let Some(stage) = Stage::open(engine, PROVIDERS).await else {
        return;
    };
    let wanted = Authorization {
        code_challenge: "c".repeat(43),
        code_challenge_method: "S256".to_owned(),
        ..wanted("GitHub")
    };
    let url = authorize(&stage, wanted).await.unwrap();
    let parameters = parameters(&url);
    assert_eq!(parameters["client_id"], "github-client");
    let callback = "http://auth.example.test/callback";
    assert_eq!(parameters["redirect_uri"], callback);
    assert!(!parameters.contains_key("code_challenge"), "{url}");
    let state = stage.value::<uuid::Uuid>("SELECT id FROM flow_state").await;
    assert_eq!(parameters["state"], state.to_string());
    for (sql, expected) in [
        ("SELECT provider_type FROM flow_state", "github"),
        ("SELECT referrer FROM flow_state", "http://app.example.test"),
        ("SELECT authentication_method FROM flow_state", "oauth"),
        ("SELECT code_challenge_method FROM flow_state", "s256"),
    ] {
        assert_eq!(stage.value::<String>(sql).await, expected);
    }
    let code = stage
        .value::<String>("SELECT auth_code FROM flow_state")
        .await;
    assert!(uuid::Uuid::parse_str(&code).is_ok(), "{code}");
}

async fn a_provider_that_wants_a_challenge_gets_one_of_ours(engine: Engine) {
    let Some(stage) = Stage::open(engine, PROVIDERS).await else {
        return;
    };
    let url = authorize(&stage, wanted("x")).await.unwrap();
    let parameters = parameters(&url);
    assert_eq!(parameters["code_challenge_method"], "S256");
    let verifier = stage
        .value::<String>(
            "SELECT c.code_verifier FROM oauth_client_states c
             JOIN flow_state f ON f.oauth_client_state_id = c.id",
        )
        .await;
    let method = authn::pkce::Method::S256;
    assert!(authn::pkce::verify(
        method,
        &parameters["code_challenge"],
        &verifier
    ));
    assert!(!url.as_str().contains(&verifier));
    // The flow itself ends in tokens: its client asked for no code.
    let codes = "SELECT count(*) FROM flow_state WHERE auth_code IS NOT NULL";
    assert_eq!(stage.value::<i64>(codes).await, 0);
}

async fn custom_providers_are_read_from_the_database(engine: Engine) {
    let Some(stage) = Stage::open(engine, PROVIDERS).await else {
        return;
    };
    stage
        .execute(match engine {
            Engine::Sqlite => {
                r#"INSERT INTO custom_oauth_providers (id, provider_type, identifier, name,
                    client_id, client_secret, scopes, pkce_enabled, issuer, cached_discovery,
                    authorization_params, created_at, updated_at)
                VALUES (randomblob(16), 'oidc', 'custom:acme', 'Acme', 'acme-client', 'secret',
                    '["email"]', 0, 'https://id.acme.test',
                    '{"authorization_endpoint":"https://id.acme.test/authorize"}',
                    '{"hd":"acme.test"}', 0, 0)"#
            }
            Engine::Postgres => {
                r#"INSERT INTO auth.custom_oauth_providers (provider_type, identifier, name,
                    client_id, client_secret, scopes, pkce_enabled, issuer, cached_discovery,
                    authorization_params)
                VALUES ('oidc', 'custom:acme', 'Acme', 'acme-client', 'secret', '{email}', false,
                    'https://id.acme.test',
                    '{"authorization_endpoint":"https://id.acme.test/authorize"}',
                    '{"hd":"acme.test"}')"#
            }
        })
        .await;
    let url = authorize(&stage, wanted("custom:acme")).await.unwrap();
    assert_eq!(url.host_str(), Some("id.acme.test"));
    let parameters = parameters(&url);
    assert_eq!(parameters["scope"], "openid email");
    assert_eq!(parameters["hd"], "acme.test");
    assert_eq!(parameters["client_id"], "acme-client");

    let missing = authorize(&stage, wanted("custom:nobody")).await;
    let Err(Error::Refused(Refusal::ProviderUnusable(why))) = missing else {
        panic!("{missing:?}");
    };
    assert_eq!(why, "custom provider custom:nobody not found");
}

async fn linking_keeps_whose_account_it_is_for(engine: Engine) {
    let Some(stage) = Stage::open(engine, PROVIDERS).await else {
        return;
    };
    let issued = stage.sign_in().await;
    let bearer = Some(issued.access_token.as_str());
    let asked = Asked::default();
    let call = stage.call();
    let linked = stage
        .authn
        .authorize_link(&call, bearer, &asked, wanted("github"));
    linked.await.unwrap();
    let target = "SELECT linking_target_id FROM flow_state";
    let target = stage.value::<uuid::Uuid>(target).await;
    assert_eq!(target, issued.account.user.id.0);
}
