//! The keys that Supabase clients present in `apikey`, and the gateway's rule for them.

mod legacy;

use authn::keys::KeySet;
use authn::token::Verified;
use subtle::{Choice, ConstantTimeEq};
use telemetry::Count;
use types::{Secret, Time};

use legacy::LegacyKeys;

/// The opaque keys of this server, the tokens that they stand for, and the legacy keys that were
/// presented lately.
#[derive(Debug)]
pub struct ApiKeys {
    opaque: OpaqueKeys,
    legacy: LegacyKeys,
    /// Of the legacy keys those that open everything.
    service: LegacyKeys,
    admin_roles: Vec<String>,
}

/// The opaque keys of this server and the tokens that they stand for.
#[derive(Debug)]
pub struct OpaqueKeys {
    /// `sb_publishable_...`, for browsers.
    pub publishable: Secret<String>,
    /// `sb_secret_...`, for servers.
    pub secret: Secret<String>,
    /// The token of the role `anon`.
    pub anon_token: Secret<String>,
    /// The token of the role `service_role`.
    pub service_token: Secret<String>,
}

/// What a request presents.
#[derive(Debug, Clone, Copy)]
pub(super) struct Presented<'a> {
    /// The `apikey` header.
    pub(super) apikey: Option<&'a str>,
    /// The `Authorization` header.
    pub(super) authorization: Option<&'a str>,
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
    /// These opaque keys, and these roles of administrators. Verifications of legacy keys are
    /// counted in `verifications`.
    pub fn new(opaque: OpaqueKeys, admin_roles: &[String], verifications: Count) -> Self {
        Self {
            opaque,
            legacy: LegacyKeys::new(verifications.clone()),
            service: LegacyKeys::new(verifications),
            admin_roles: admin_roles.to_vec(),
        }
    }

    /// Whether `key` is a service key: the opaque one, or a legacy one of an administrator's role.
    /// The token of a user is none, whatever its role: its session would have to be looked at.
    pub fn is_service(&self, keys: &KeySet, now: Time, key: &str) -> bool {
        if is_opaque(key) {
            return self.opaque.is_secret(key);
        }
        let is_key = |token: &Verified| {
            token.sub.is_none()
                && token.session_id.is_none()
                && self.admin_roles.contains(&token.role)
        };
        self.service.is_good(keys, now, key, is_key)
    }

    /// The rule of Supabase's gateway: without an `Authorization`, or with an opaque key in it, the
    /// token that the key stands for is used. A legacy key, itself a token, is passed on as it is,
    /// without a scheme. No key is fine: GoTrue has none.
    pub(super) fn gate(&self, keys: &KeySet, now: Time, presented: Presented<'_>) -> Gate {
        let given = presented.authorization.map(str::to_owned);
        let opaque_bearer = presented
            .authorization
            .and_then(|header| header.strip_prefix("Bearer "))
            .filter(|token| is_opaque(token));
        let Some(apikey) = presented.apikey.filter(|key| !key.is_empty()) else {
            return match opaque_bearer {
                Some(key) => self.opaque.token_of(key).map_or(Gate::Shut, bearer),
                None => Gate::Open(given),
            };
        };
        let replaced = given.is_none() || opaque_bearer.is_some();
        if let Some(token) = self.opaque.token_of(apikey) {
            return if replaced {
                bearer(token)
            } else {
                Gate::Open(given)
            };
        }
        if is_opaque(apikey) || !self.legacy.is_good(keys, now, apikey, |_| true) {
            return Gate::Shut;
        }
        Gate::Open(if replaced {
            Some(apikey.to_owned())
        } else {
            given
        })
    }
}

impl OpaqueKeys {
    /// Whether this is the key of servers.
    fn is_secret(&self, key: &str) -> bool {
        self.secret.expose().as_bytes().ct_eq(key.as_bytes()).into()
    }

    /// The token that an opaque key stands for. Both keys are compared, each in constant time, so
    /// that the time tells nothing about either.
    fn token_of(&self, key: &str) -> Option<&Secret<String>> {
        let is =
            |known: &Secret<String>| -> Choice { known.expose().as_bytes().ct_eq(key.as_bytes()) };
        let (publishable, secret) = (is(&self.publishable), is(&self.secret));
        if bool::from(secret) {
            Some(&self.service_token)
        } else {
            bool::from(publishable).then_some(&self.anon_token)
        }
    }
}

fn is_opaque(key: &str) -> bool {
    key.starts_with("sb_")
}

fn bearer(token: &Secret<String>) -> Gate {
    Gate::Open(Some(format!("Bearer {}", token.expose())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use authn::token::ApiKeyRole;
    use telemetry::Metrics;

    const NOW: Time = Time::from_unix_seconds(1_000);

    fn keys() -> KeySet {
        KeySet::from_secret(&Secret::new("s".repeat(32))).unwrap()
    }

    fn api_keys() -> ApiKeys {
        let text = |text: &str| Secret::new(text.to_owned());
        let opaque = OpaqueKeys {
            publishable: text("sb_publishable_one"),
            secret: text("sb_secret_two"),
            anon_token: text("anon.jwt"),
            service_token: text("service.jwt"),
        };
        let roles = ["service_role".to_owned()];
        ApiKeys::new(opaque, &roles, Metrics::default().api_key_verifications())
    }

    fn gate(apikey: Option<&str>, authorization: Option<&str>) -> Gate {
        let presented = Presented {
            apikey,
            authorization,
        };
        api_keys().gate(&keys(), NOW, presented)
    }

    fn open(authorization: &str) -> Gate {
        Gate::Open(Some(authorization.to_owned()))
    }

    #[test]
    fn an_opaque_key_stands_for_its_token() {
        assert_eq!(
            gate(Some("sb_publishable_one"), None),
            open("Bearer anon.jwt")
        );
        assert_eq!(
            gate(Some("sb_secret_two"), None),
            open("Bearer service.jwt")
        );
        let as_bearer = gate(None, Some("Bearer sb_secret_two"));
        assert_eq!(as_bearer, open("Bearer service.jwt"));
        let both = gate(
            Some("sb_publishable_one"),
            Some("Bearer sb_publishable_one"),
        );
        assert_eq!(both, open("Bearer anon.jwt"));
    }

    #[test]
    fn a_user_s_own_token_stays() {
        let own = gate(Some("sb_publishable_one"), Some("Bearer user.jwt"));
        assert_eq!(own, open("Bearer user.jwt"));
        assert_eq!(gate(None, Some("Bearer user.jwt")), open("Bearer user.jwt"));
        assert_eq!(gate(None, None), Gate::Open(None));
        assert_eq!(gate(Some(""), None), Gate::Open(None));
    }

    #[test]
    fn a_legacy_key_is_passed_on_without_a_scheme() {
        let legacy = keys().mint_api_key(ApiKeyRole::Anon, 0, 2_000).unwrap();
        assert_eq!(gate(Some(&legacy), None), open(&legacy));
        let own = gate(Some(&legacy), Some("Bearer user.jwt"));
        assert_eq!(own, open("Bearer user.jwt"));
    }

    #[test]
    fn service_keys_are_those_that_open_everything() {
        let (api_keys, keys) = (api_keys(), keys());
        let legacy = |role| keys.mint_api_key(role, 0, 2_000).unwrap();
        let service = legacy(ApiKeyRole::ServiceRole);
        assert!(api_keys.is_service(&keys, NOW, &service));
        assert!(api_keys.is_service(&keys, NOW, "sb_secret_two"));
        let expired = Time::from_unix_seconds(2_000);
        assert!(!api_keys.is_service(&keys, expired, &service));
        let anon = legacy(ApiKeyRole::Anon);
        for other in [&anon, "sb_publishable_one", "sb_secret_twO", "", "a.b.c"] {
            assert!(!api_keys.is_service(&keys, NOW, other), "{other}");
        }
    }

    #[test]
    fn unknown_keys_are_refused() {
        for key in ["sb_secret_tw0", "sb_publishable_", "sb_", "x", "a.b.c"] {
            assert_eq!(
                gate(Some(key), Some("Bearer user.jwt")),
                Gate::Shut,
                "{key}"
            );
        }
        assert_eq!(gate(None, Some("Bearer sb_secret_other")), Gate::Shut);
    }
}
