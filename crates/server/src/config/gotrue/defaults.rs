//! What GoTrue does where nothing is set and Claviger would do something else.

use super::super::source::{Layer, Source, Value};

/// The settings whose defaults differ, as TOML.
const DEFAULTS: &[(&str, &str)] = &[
    ("listen.address", "'0.0.0.0:8081'"),
    ("database.cleanup_enabled", "false"),
    ("site.profile", "'compat'"),
    ("email.otp_span", "'86400s'"),
    ("email.templates.invite.url_path", "'/verify'"),
    ("email.templates.confirmation.url_path", "'/verify'"),
    ("email.templates.recovery.url_path", "'/verify'"),
    ("email.templates.email_change.url_path", "'/verify'"),
    ("password.min_length", "6"),
    ("jwt.audience", "''"),
    ("jwt.default_role", "''"),
    ("refresh.reuse_interval", "'0s'"),
    ("refresh.algorithm", "1"),
    ("features.custom_providers_enabled", "true"),
    ("limits.by_peer_address", "false"),
    ("http.also_at_root", "true"),
    ("http.cors_allowed_headers", "[]"),
    ("http.request_deadline", "'10s'"),
];

/// Which occasion brings GoTrue's defaults in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Occasion {
    /// The environment has GoTrue's variables: the server takes GoTrue's place.
    Environment,
    /// The database turned out to be GoTrue's, when the server was listening already.
    Database,
}

/// GoTrue's defaults as a layer.
pub(crate) fn layer(occasion: Occasion) -> Layer {
    let mut layer = Layer::default();
    for (path, text) in DEFAULTS {
        let is_address = *path == "listen.address";
        let parsed = format!("value = {text}").parse::<toml::Table>();
        let value = parsed.ok().and_then(|mut table| table.remove("value"));
        if let (Some(value), false) = (value, is_address && occasion == Occasion::Database) {
            layer.set(path, Value::Plain(value), Source::GotrueDefault);
        }
    }
    layer
}

/// The defaults that depend on other settings, after all layers are merged.
pub(crate) fn complete(merged: &mut Layer) {
    const NEXT_KEY: &str = "features.saml_next_key_configured";
    const RECOVERY: &str = "email.templates.recovery.url_path";
    const MAGIC_LINK: &str = "email.templates.magic_link.url_path";
    const SECURITY: &str = "smtp.security";
    if !merged.is_given(NEXT_KEY) {
        // GoTrue reports a next key whenever SAML is off.
        let off = !merged.switch("features.saml_enabled");
        merged.set(NEXT_KEY, Value::Plain(off.into()), Source::GotrueDefault);
    }
    if !merged.is_given(SECURITY) {
        let port = merged.plain("smtp.port").and_then(toml::Value::as_integer);
        let security = match port {
            Some(465) => "implicit",
            _ => "opportunistic",
        };
        merged.set(
            SECURITY,
            Value::Plain(security.into()),
            Source::GotrueDefault,
        );
    }
    if !merged.is_given(MAGIC_LINK) {
        let path = merged.text(RECOVERY).into();
        merged.set(MAGIC_LINK, Value::Plain(path), Source::Derived(RECOVERY));
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::key;
    use super::*;

    #[test]
    fn every_default_fits_its_key() {
        let layer = layer(Occasion::Environment);
        assert_eq!(layer.0.len(), DEFAULTS.len());
        for path in layer.0.keys() {
            let key = key::find(path).unwrap();
            let value = layer.plain(path).unwrap();
            assert_eq!(key.kind.check(value).as_ref(), Ok(value), "{path}");
        }
    }

    #[test]
    fn a_server_that_listens_already_is_not_moved() {
        assert!(!layer(Occasion::Database).0.contains_key("listen.address"));
    }
}
