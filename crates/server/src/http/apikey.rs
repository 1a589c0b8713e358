//! The keys that Supabase clients present in `apikey`, and the gateway's rule for them.

use authn::Authn;
use subtle::ConstantTimeEq;
use types::{Call, Secret};

/// The opaque keys of this server and the tokens that they stand for.
#[derive(Debug)]
pub struct ApiKeys {
    /// `sb_publishable_...`, for browsers.
    pub publishable: Secret<String>,
    /// `sb_secret_...`, for servers.
    pub secret: Secret<String>,
    /// The token of the role `anon`.
    pub anon_token: Secret<String>,
    /// The token of the role `service_role`.
    pub service_token: Secret<String>,
}

/// What the `apikey` header makes of a request.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Gate {
    /// The request goes on with this `Authorization`.
    Open(Option<String>),
    /// The key is not one of this server.
    Shut,
}

impl ApiKeys {
    /// The rule of Supabase's gateway: without an `Authorization`, or with an opaque key in it, the
    /// token that the key stands for is used. A legacy key, itself a token, is passed on as it is,
    /// without a scheme. No key is fine: GoTrue has none.
    pub(super) fn gate(
        &self,
        call: &Call,
        authn: &Authn,
        apikey: Option<&str>,
        authorization: Option<&str>,
    ) -> Gate {
        let given = authorization.map(str::to_owned);
        let opaque_bearer = authorization
            .and_then(|header| header.strip_prefix("Bearer "))
            .filter(|token| token.starts_with("sb_"));
        let Some(apikey) = apikey.filter(|key| !key.is_empty()) else {
            return match opaque_bearer {
                Some(key) => self.token_of(key).map_or(Gate::Shut, |token| bearer(token)),
                None => Gate::Open(given),
            };
        };
        let replaced = given.is_none() || opaque_bearer.is_some();
        if let Some(token) = self.token_of(apikey) {
            return if replaced {
                bearer(token)
            } else {
                Gate::Open(given)
            };
        }
        if apikey.starts_with("sb_") || authn.verify(call, Some(apikey)).is_err() {
            return Gate::Shut;
        }
        Gate::Open(if replaced {
            Some(apikey.to_owned())
        } else {
            given
        })
    }

    /// The token that an opaque key stands for.
    fn token_of(&self, key: &str) -> Option<&Secret<String>> {
        let is = |known: &Secret<String>| -> bool {
            known.expose().as_bytes().ct_eq(key.as_bytes()).into()
        };
        if is(&self.publishable) {
            Some(&self.anon_token)
        } else if is(&self.secret) {
            Some(&self.service_token)
        } else {
            None
        }
    }
}

fn bearer(token: &Secret<String>) -> Gate {
    Gate::Open(Some(format!("Bearer {}", token.expose())))
}
