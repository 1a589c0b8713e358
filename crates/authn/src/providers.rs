//! Social providers: where each sends its users to sign in, and what it is asked for.
//!
//! Nothing is fetched here: the addresses of the built-in providers are facts of their public
//! documentation, those of custom ones are in the database.

mod built_in;
mod custom;

use crate::Authn;
use crate::error::{Refusal, Result};
use crate::redirect::with_query;
use crate::settings::ProviderSettings;
use built_in::{Base, BuiltIn};
use std::collections::BTreeMap;
use types::Call;

/// The prefix of providers that administrators have added.
const CUSTOM_PREFIX: &str = "custom:";

/// One provider, ready to be sent to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Provider {
    /// The name in lower case.
    pub(crate) name: String,
    /// Where users are sent to.
    pub(crate) authorization_url: String,
    /// Our id there.
    pub(crate) client_id: String,
    /// Where users come back to.
    pub(crate) redirect_uri: String,
    /// What we ask for.
    pub(crate) scopes: Vec<String>,
    /// Parameters that nothing in a request can change.
    pub(crate) fixed: BTreeMap<String, String>,
    /// Whether parameters of the request are passed on.
    pub(crate) forwards: bool,
    /// The provider wants a challenge of ours (RFC 7636).
    pub(crate) wants_challenge: bool,
    /// Accounts without an address are accepted.
    pub(crate) email_optional: bool,
}

impl Provider {
    /// The authorization request (RFC 6749 section 4.1.1), its parameters sorted by name.
    pub(crate) fn url(&self, state: &str, forwarded: &BTreeMap<String, String>) -> String {
        let scope = self.scopes.join(" ");
        let mut params = BTreeMap::from([
            ("client_id", self.client_id.as_str()),
            ("redirect_uri", self.redirect_uri.as_str()),
            ("response_type", "code"),
            ("state", state),
        ]);
        if !scope.is_empty() {
            params.insert("scope", &scope);
        }
        let pairs = |(name, value): (&'_ String, &'_ String)| (name.clone(), value.clone());
        let forwarded: BTreeMap<String, String> = if self.forwards {
            forwarded.iter().map(pairs).collect()
        } else {
            BTreeMap::new()
        };
        for (name, value) in forwarded.iter().chain(&self.fixed) {
            params.insert(name, value);
        }
        let params: Vec<(&str, &str)> = params.into_iter().collect();
        with_query(&self.authorization_url, &params)
    }
}

impl Authn {
    /// The provider of this name, in any letter case, if it can be used.
    pub(crate) async fn provider(&self, call: &Call, name: &str, scopes: &str) -> Result<Provider> {
        let name = name.to_lowercase();
        if name.starts_with(CUSTOM_PREFIX) {
            return self.custom_provider(call, name, scopes).await;
        }
        let Some(built_in) = built_in::find(&name) else {
            return Err(Refusal::ProviderUnknown { name }.into());
        };
        let settings = self.0.settings.providers.get(&name);
        let settings = settings.filter(|settings| settings.enabled);
        let settings = settings.ok_or(Refusal::ProviderDisabled)?;
        let client_id = settings.client_id.first().cloned();
        let client_id = client_id.ok_or_else(|| unusable("missing OAuth client ID"))?;
        if settings.secret.is_none() {
            return Err(unusable("missing OAuth secret").into());
        }
        let redirect_uri = match settings.redirect_uri.as_str() {
            "" => self.callback_url(),
            configured => configured.to_owned(),
        };
        let fixed = built_in.fixed.iter();
        Ok(Provider {
            authorization_url: authorization_url(built_in, settings)?,
            client_id,
            redirect_uri,
            scopes: built_in.scopes(scopes),
            fixed: fixed
                .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()))
                .collect(),
            forwards: built_in.forwards,
            wants_challenge: built_in.wants_challenge,
            email_optional: settings.email_optional,
            name,
        })
    }

    /// Where providers send users back to when nothing else is configured.
    fn callback_url(&self) -> String {
        let base = self.0.settings.site.external_url.trim_end_matches('/');
        format!("{base}/callback")
    }
}

fn authorization_url(built_in: &BuiltIn, settings: &ProviderSettings) -> Result<String> {
    let own = settings.url.strip_suffix('/').unwrap_or(&settings.url);
    let base = match built_in.base {
        Base::Fixed(base) => base,
        Base::Default(base) if own.is_empty() => base,
        Base::Required(missing) if own.is_empty() => return Err(unusable(missing).into()),
        Base::Unspoken(why) => return Err(unusable(why).into()),
        Base::Default(_) | Base::Required(_) => own,
    };
    Ok(format!("{base}{}", built_in.path))
}

fn unusable(why: impl Into<String>) -> Refusal {
    Refusal::ProviderUnusable(why.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::BUILT_IN_PROVIDERS;

    fn settings(url: &str) -> ProviderSettings {
        ProviderSettings {
            url: url.to_owned(),
            ..ProviderSettings::default()
        }
    }

    fn url_of(name: &str, url: &str) -> Result<String> {
        authorization_url(built_in::find(name).unwrap(), &settings(url))
    }

    fn provider(name: &str, scopes: &str) -> Provider {
        let built_in = built_in::find(name).unwrap();
        let fixed = built_in.fixed.iter();
        Provider {
            name: name.to_owned(),
            authorization_url: url_of(name, "").unwrap(),
            client_id: "client".to_owned(),
            redirect_uri: "http://auth.example.test/callback".to_owned(),
            scopes: built_in.scopes(scopes),
            fixed: fixed
                .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()))
                .collect(),
            forwards: built_in.forwards,
            wants_challenge: built_in.wants_challenge,
            email_optional: false,
        }
    }

    #[test]
    fn every_provider_that_settings_know_is_here() {
        for name in BUILT_IN_PROVIDERS {
            assert!(built_in::find(name).is_some(), "{name}");
        }
        assert!(built_in::find("nope").is_none());
    }

    #[test]
    fn addresses_are_https_and_have_no_query() {
        for name in BUILT_IN_PROVIDERS {
            let own = if *name == "keycloak" {
                "https://id.example.test/realms/one/"
            } else {
                ""
            };
            match url_of(name, own) {
                Ok(url) => {
                    assert!(url.starts_with("https://"), "{url}");
                    assert!(!url.contains(['?', '#']), "{url}");
                }
                Err(_) => assert_eq!(*name, "twitter"),
            }
        }
    }

    #[test]
    fn a_provider_with_many_hosts_is_asked_at_the_configured_one() {
        let own = url_of("gitlab", "https://git.example.test/").unwrap();
        assert_eq!(own, "https://git.example.test/oauth/authorize");
        let fixed = url_of("google", "https://evil.example.test").unwrap();
        assert_eq!(fixed, "https://accounts.google.com/o/oauth2/v2/auth");
        assert!(url_of("keycloak", "").is_err());
    }

    #[test]
    fn the_url_has_every_parameter_sorted() {
        let forwarded = BTreeMap::from([
            ("prompt".to_owned(), "consent now".to_owned()),
            ("access_type".to_owned(), "offline".to_owned()),
        ]);
        assert_eq!(
            provider("google", "a,b").url("S", &forwarded),
            "https://accounts.google.com/o/oauth2/v2/auth?access_type=offline&client_id=client\
             &prompt=consent+now&redirect_uri=http%3A%2F%2Fauth.example.test%2Fcallback\
             &response_type=code&scope=email+profile+a+b&state=S"
        );
    }

    #[test]
    fn a_provider_without_scopes_is_asked_for_none() {
        let url = provider("workos", "ignored").url("S", &BTreeMap::new());
        assert!(!url.contains("scope="), "{url}");
    }

    #[test]
    fn apple_answers_with_a_form_and_is_told_nothing_else() {
        let forwarded = BTreeMap::from([("response_mode".to_owned(), "query".to_owned())]);
        let url = provider("apple", "extra").url("S", &forwarded);
        assert!(url.contains("response_mode=form_post"), "{url}");
        assert!(url.contains("scope=email+name&"), "{url}");
    }
}
