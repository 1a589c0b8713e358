//! The settings of the recorded servers come out as the real server reported them.

use crate::config::tests::load_with;
use crate::config::{Config, Flags};
use authn::settings::BUILT_IN_PROVIDERS;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// A file of the recordings.
fn recording(name: &str) -> Value {
    let folder = "../../conformance/recorded/transcripts";
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join(folder)
        .join(name);
    let text = std::fs::read_to_string(&path);
    let text = text.unwrap_or_else(|error| panic!("{} is needed: {error}", path.display()));
    serde_json::from_str(&text).unwrap()
}

/// The environment of a recorded server.
fn environment_of(recorded: &Value, instance: &str) -> Vec<(String, String)> {
    let mut variables = recorded["common"].as_object().unwrap().clone();
    if instance == "bare" {
        variables.clear();
    }
    variables.extend(recorded["instances"][instance].as_object().unwrap().clone());
    let text = |value: Value| match value {
        Value::String(text) if text == "<template A>" => {
            recorded["template_A"].as_str().unwrap().to_owned()
        }
        Value::String(text) => text,
        keys => keys.to_string(),
    };
    variables
        .into_iter()
        .map(|(name, value)| (name, text(value)))
        .collect()
}

fn recorded_config(recorded: &Value, instance: &str) -> Config {
    let environment = environment_of(recorded, instance);
    let environment: Vec<(&str, &str)> = environment
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    match load_with(&Flags::default(), &environment, &[]) {
        Ok(loaded) => loaded.config,
        Err(problems) => panic!("{instance}: {problems}"),
    }
}

/// `/settings` as our settings make it.
fn settings_answer(config: &Config) -> Value {
    let authn = &config.authn;
    let mut external: serde_json::Map<String, Value> = BUILT_IN_PROVIDERS
        .iter()
        .filter(|name| !matches!(**name, "vercel_marketplace" | "x"))
        .map(|name| {
            let on = authn
                .providers
                .get(*name)
                .is_some_and(|provider| provider.enabled);
            ((*name).to_owned(), on.into())
        })
        .collect();
    external.insert("email".to_owned(), authn.email.enabled.into());
    external.insert("phone".to_owned(), authn.phone.enabled.into());
    external.insert(
        "anonymous_users".to_owned(),
        authn.signup.anonymous_enabled.into(),
    );
    serde_json::json!({
        "external": external,
        "disable_signup": authn.signup.disabled,
        "mailer_autoconfirm": authn.email.autoconfirm,
        "phone_autoconfirm": authn.phone.autoconfirm,
        "sms_provider": authn.phone.provider,
        "saml_enabled": authn.features.saml_enabled,
        "saml_private_key_next_configured": authn.features.saml_next_key_configured,
        "passkeys_enabled": authn.features.passkeys_enabled,
    })
}

#[test]
fn the_recorded_servers_report_the_settings_that_they_reported() {
    let recorded = recording("instances.json");
    let story = recording("health_settings.json");
    let mut compared = 0;
    for entry in story["entries"].as_array().unwrap() {
        let body = &entry["response"]["body"];
        if body.get("external").is_some() {
            let instance = entry["instance"].as_str().unwrap();
            let config = recorded_config(&recorded, instance);
            assert_eq!(&settings_answer(&config), body, "{instance}");
            compared += 1;
        }
    }
    assert!(compared >= 6, "only {compared} answers were compared");
}

#[test]
fn the_environment_of_every_recorded_server_is_understood() {
    let recorded = recording("instances.json");
    let instances = recorded["instances"].as_object().unwrap();
    assert_eq!(instances.len(), 15);
    let configs: BTreeMap<&str, Config> = instances
        .keys()
        .map(|name| (name.as_str(), recorded_config(&recorded, name)))
        .collect();
    let authn = |name: &str| &configs[name].authn;
    let common = authn("autoconfirm");
    assert_eq!(common.site.redirect_allow_list.len(), 3);
    assert_eq!(common.refresh.reuse_interval.to_string(), "3s");
    assert_eq!(common.email.max_frequency.to_string(), "1ms");
    assert_eq!(common.phone.test_otp["15555550101"], "654321");
    let secret = common.providers["github"].secret.as_ref();
    assert_eq!(secret.unwrap().expose(), "golden-github-secret");
    assert_eq!(common.features.oauth_authorization_path, "/oauth/consent");
    assert_eq!(configs["autoconfirm"].limits.mails.to_string(), "100000");
    let template = authn("confirm").email.templates.magic_link.html.as_str();
    assert_eq!(template, recorded["template_A"].as_str().unwrap());
    assert_eq!(u8::from(authn("refresh_v2").refresh.algorithm), 2);
    assert_eq!(authn("refresh_v2_upgrade").refresh.upgrade_percentage, 100);
    assert!(configs["rs256"].keys.jwks.is_some() && configs["es256"].keys.jwks.is_some());
    assert!(!authn("locked").mfa.totp_enroll_enabled && authn("signup_off").signup.disabled);
    assert_eq!(
        configs["limited"].http.rate_limit_header,
        "X-Client-Address"
    );
    assert_eq!(configs["limited"].limits.token.to_string(), "30/300s");
    assert_eq!(configs["mail_limit"].limits.mails.to_string(), "2");
    assert_eq!(authn("full").webauthn.rp_display_name, "Example");
    assert_eq!(authn("full").mfa.max_enrolled_factors, 3);
    assert_eq!(
        configs["full"].http.cors_allowed_headers,
        ["apikey", "X-Custom"]
    );
    assert_eq!(authn("strict").password.required_characters.len(), 3);
    assert_eq!(authn("short_sessions").jwt.access_span.to_string(), "1s");
    assert!(authn("single_session").sessions.single_per_user);
    assert_eq!(authn("bare").jwt.audience, "");
}
