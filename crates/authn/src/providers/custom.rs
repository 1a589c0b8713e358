//! Providers that administrators have added at run time.

use super::{Provider, unusable};
use crate::Authn;
use crate::authorize::is_reserved;
use crate::error::Result;
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;
use store::custom_providers::{self, CustomProvider};
use types::Call;

/// Most providers that a list shows.
const LISTED_MAX: i64 = 1_000;

impl Authn {
    /// The providers that administrators have added, oldest first.
    pub async fn list_custom_providers(
        &self,
        call: &Call,
        bearer: Option<&str>,
    ) -> Result<Vec<CustomProvider>> {
        self.authenticate_admin(call, bearer).await?;
        Ok(custom_providers::list(&mut self.db(call), LISTED_MAX).await?)
    }

    pub(super) async fn custom_provider(
        &self,
        call: &Call,
        name: String,
        scopes: &str,
    ) -> Result<Provider> {
        if !self.0.settings.features.custom_providers_enabled {
            return Err(unusable("custom OAuth providers are disabled").into());
        }
        let found = custom_providers::find(&mut self.db(call), &name).await?;
        let found = found.ok_or_else(|| unusable(format!("custom provider {name} not found")))?;
        if !found.enabled {
            return Err(unusable(format!("custom provider {name} is disabled")).into());
        }
        let url = authorization_url(&found).ok_or_else(|| {
            unusable(format!(
                "custom provider {name} has no authorization endpoint"
            ))
        })?;
        Ok(Provider {
            authorization_url: url,
            redirect_uri: self.callback_url(),
            scopes: requested_scopes(&found, scopes),
            fixed: texts(&found.authorization_params),
            forwards: true,
            wants_challenge: found.pkce_enabled,
            email_optional: found.email_optional,
            client_id: found.client_id,
            name,
        })
    }
}

/// What the administrator has written, or what the provider's metadata said when it was fetched.
fn authorization_url(provider: &CustomProvider) -> Option<String> {
    let written = provider.authorization_url.clone();
    let discovered = || {
        let document = provider.cached_discovery.as_ref()?;
        let endpoint = document.get("authorization_endpoint")?.as_str()?;
        Some(endpoint.to_owned())
    };
    written
        .or_else(discovered)
        .filter(|url| url.starts_with("https://"))
}

/// The request's scopes, separated by blanks, replace the configured ones.
fn requested_scopes(provider: &CustomProvider, wanted: &str) -> Vec<String> {
    let mut scopes: Vec<String> = wanted.split_whitespace().map(str::to_owned).collect();
    if scopes.is_empty() {
        scopes.clone_from(&provider.scopes);
    }
    let openid = "openid";
    if provider.provider_type == "oidc" && !scopes.iter().any(|scope| scope == openid) {
        scopes.insert(0, openid.to_owned());
    }
    scopes
}

/// Parameters as text; what is no text goes as JSON.
fn texts(params: &Map<String, Json>) -> BTreeMap<String, String> {
    let text = |(name, value): (&String, &Json)| {
        let value = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        (!value.is_empty() && !is_reserved(name)).then(|| (name.clone(), value))
    };
    params.iter().filter_map(text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use types::Time;
    use uuid::Uuid;

    fn provider(provider_type: &str) -> CustomProvider {
        CustomProvider {
            id: Uuid::nil(),
            provider_type: provider_type.to_owned(),
            identifier: "custom:acme".to_owned(),
            name: "Acme".to_owned(),
            client_id: "client".to_owned(),
            acceptable_client_ids: Vec::new(),
            scopes: vec!["email".to_owned()],
            pkce_enabled: true,
            attribute_mapping: Map::new(),
            authorization_params: Map::new(),
            enabled: true,
            email_optional: false,
            issuer: Some("https://id.example.test".to_owned()),
            discovery_url: None,
            skip_nonce_check: false,
            cached_discovery: None,
            authorization_url: None,
            token_url: None,
            userinfo_url: None,
            jwks_uri: None,
            created_at: Time(0),
            updated_at: Time(0),
            custom_claims_allowlist: Vec::new(),
        }
    }

    #[test]
    fn the_request_s_scopes_replace_the_configured_ones() {
        let oauth2 = provider("oauth2");
        assert_eq!(requested_scopes(&oauth2, ""), ["email"]);
        assert_eq!(requested_scopes(&oauth2, "read  write"), ["read", "write"]);
    }

    #[test]
    fn openid_connect_always_asks_for_openid() {
        let oidc = provider("oidc");
        assert_eq!(requested_scopes(&oidc, ""), ["openid", "email"]);
        assert_eq!(requested_scopes(&oidc, "email openid"), ["email", "openid"]);
    }

    #[test]
    fn the_address_is_what_was_written_or_discovered_and_is_encrypted() {
        let discovered = json!({"authorization_endpoint": "https://id.example.test/authorize"});
        let mut custom = provider("oidc");
        assert_eq!(authorization_url(&custom), None);
        custom.cached_discovery = Some(discovered);
        let found = authorization_url(&custom);
        assert_eq!(found.as_deref(), Some("https://id.example.test/authorize"));
        custom.authorization_url = Some("https://own.example.test/go".to_owned());
        let found = authorization_url(&custom);
        assert_eq!(found.as_deref(), Some("https://own.example.test/go"));
        custom.authorization_url = Some("http://own.example.test/go".to_owned());
        assert_eq!(authorization_url(&custom), None);
    }

    #[test]
    fn parameters_that_are_no_text_go_as_json_and_reserved_ones_do_not_go() {
        let params = json!({
            "hd": "acme.test", "max_age": 60, "claims": {"a": null}, "empty": "", "state": "evil",
        });
        let params = texts(params.as_object().unwrap());
        let expected = [
            ("claims", r#"{"a":null}"#),
            ("hd", "acme.test"),
            ("max_age", "60"),
        ];
        let pairs: Vec<_> = params
            .iter()
            .map(|(n, v)| (n.as_str(), v.as_str()))
            .collect();
        assert_eq!(pairs, expected);
    }
}
