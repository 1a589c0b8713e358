//! The whole configuration as it is written: what the merged layers are read into, once.

use super::authzen::AuthzenSection;
use super::http::Http;
use super::key;
use super::limits::Limits;
use super::listen::ListenSection;
use super::log::Log;
use super::mail::{MailSection, Smtp};
use super::openfga::OpenFga;
use super::signing::KeysSection;
use super::source::{Layer, Source, Value};
use super::storage::{ColumnsSection, DatabaseSection};
use authn::settings::{
    AccountSettings, EmailSettings, FeatureSettings, JwtSettings, MfaSettings, PasswordSettings,
    PhoneSettings, ProviderSettings, RefreshSettings, SessionSettings, SignupSettings,
    SiteSettings, WebauthnSettings,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Everything but the secrets.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Document {
    pub(crate) mode: ModeChoice,
    pub(crate) data_directory: PathBuf,
    pub(crate) listen: ListenSection,
    pub(crate) database: DatabaseSection,
    pub(crate) keys: KeysSection,
    pub(crate) site: SiteSettings,
    pub(crate) signup: SignupSettings,
    pub(crate) email: EmailSettings,
    pub(crate) phone: PhoneSettings,
    pub(crate) password: PasswordSettings,
    pub(crate) jwt: JwtSettings,
    pub(crate) refresh: RefreshSettings,
    pub(crate) sessions: SessionSettings,
    pub(crate) mfa: MfaSettings,
    pub(crate) webauthn: WebauthnSettings,
    pub(crate) providers: BTreeMap<String, ProviderSettings>,
    pub(crate) features: FeatureSettings,
    pub(crate) columns: ColumnsSection,
    pub(crate) mail: MailSection,
    pub(crate) smtp: Smtp,
    pub(crate) limits: Limits,
    pub(crate) http: Http,
    pub(crate) account: AccountSettings,
    pub(crate) openfga: OpenFga,
    pub(crate) authzen: AuthzenSection,
    pub(crate) log: Log,
}

/// `mode` as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ModeChoice {
    #[default]
    Auto,
    Development,
    Production,
}

impl Default for Document {
    fn default() -> Self {
        Self {
            mode: ModeChoice::default(),
            data_directory: PathBuf::from("data"),
            listen: ListenSection::default(),
            database: DatabaseSection::default(),
            keys: KeysSection::default(),
            site: SiteSettings::default(),
            signup: SignupSettings::default(),
            email: EmailSettings::default(),
            phone: PhoneSettings::default(),
            password: PasswordSettings::default(),
            jwt: JwtSettings::default(),
            refresh: RefreshSettings::default(),
            sessions: SessionSettings::default(),
            mfa: MfaSettings::default(),
            webauthn: WebauthnSettings::default(),
            providers: BTreeMap::new(),
            features: FeatureSettings::default(),
            columns: ColumnsSection::default(),
            mail: MailSection::default(),
            smtp: Smtp::default(),
            limits: Limits::default(),
            http: Http::default(),
            account: AccountSettings::default(),
            openfga: OpenFga::default(),
            authzen: AuthzenSection::default(),
            log: Log::default(),
        }
    }
}

/// Claviger's own defaults as a layer.
#[expect(
    clippy::expect_used,
    reason = "the defaults are constant, and a test writes them"
)]
pub(crate) fn defaults() -> Layer {
    let table = toml::Table::try_from(Document::default()).expect("the defaults can be written");
    let mut layer = Layer::default();
    flatten("", &table, &mut layer);
    layer
}

/// The layers as the table that they describe, without the secrets.
pub(crate) fn nest(layer: &Layer) -> toml::Table {
    let mut root = toml::Table::new();
    for (path, given) in &layer.0 {
        if let Value::Plain(value) = &given.value {
            insert(&mut root, path, value.clone());
        }
    }
    root
}

fn flatten(prefix: &str, table: &toml::Table, layer: &mut Layer) {
    for (name, value) in table {
        let path = match prefix {
            "" => name.clone(),
            _ => format!("{prefix}.{name}"),
        };
        match value {
            toml::Value::Table(inner) if key::find(&path).is_none() => {
                flatten(&path, inner, layer);
            }
            _ => layer.set(&path, Value::Plain(value.clone()), Source::Default),
        }
    }
}

fn insert(table: &mut toml::Table, path: &str, value: toml::Value) {
    let Some((head, rest)) = path.split_once('.') else {
        table.insert(path.to_owned(), value);
        return;
    };
    let inner = table
        .entry(head)
        .or_insert_with(|| toml::Value::Table(toml::Table::new()));
    if let toml::Value::Table(inner) = inner {
        insert(inner, rest, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// A setting that is added to a section must be described, and the other way round.
    #[test]
    fn every_setting_is_described_and_every_description_has_a_setting() {
        let mut document = Document::default();
        for name in authn::settings::BUILT_IN_PROVIDERS {
            let provider = ProviderSettings::default();
            document.providers.insert((*name).to_owned(), provider);
        }
        let table = toml::Table::try_from(document).unwrap();
        let mut layer = Layer::default();
        flatten("", &table, &mut layer);
        let settings: BTreeSet<String> = layer.0.into_keys().collect();
        let described: BTreeSet<String> = key::paths()
            .filter(|(key, _)| !key.kind.is_secret())
            .map(|(_, path)| path)
            .collect();
        assert_eq!(settings, described);
    }

    #[test]
    fn every_default_fits_its_own_description() {
        for (path, given) in defaults().0 {
            let key = key::find(&path).unwrap();
            let Value::Plain(value) = given.value else {
                panic!("{path} is a secret");
            };
            assert_eq!(key.kind.check(&value), Ok(value), "{path}");
        }
    }

    #[test]
    fn the_defaults_survive_being_taken_apart_and_put_together() {
        let table = toml::Table::try_from(Document::default()).unwrap();
        let mut nested = nest(&defaults());
        nested.insert("providers".to_owned(), toml::Table::new().into());
        assert_eq!(nested, table);
    }
}
