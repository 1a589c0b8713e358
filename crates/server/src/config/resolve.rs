//! From layers to the configuration: merge, decide the mode, read once, check everything.

use super::api_keys::ApiKeys;
use super::authzen;
use super::check::{self, Checks};
use super::document::{self, Document};
use super::environment::Environment;
use super::gotrue::defaults::{self, Occasion};
use super::listen::{self, Listen};
use super::mail::{DeliveryChoice, MailDelivery, Smtp};
use super::openfga::{self, OpenFga};
use super::problem::{Fault, Problem};
use super::signing::KeySources;
use super::source::{Layer, Source, Value};
use super::storage::{self, Database, Engine};
use super::{Config, Mode, Sources};
use authn::settings::{ProviderSettings, Settings};
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use types::Secret;

/// What was given, by layer, weakest first.
#[derive(Debug, Clone, Default)]
pub(crate) struct Layers {
    pub(crate) file: Layer,
    pub(crate) environment: Environment,
    pub(crate) flags: Layer,
    /// The first line on standard output shall be JSON.
    pub(crate) json: bool,
}

/// The configuration and what the operator should know, or every fault.
pub(crate) fn resolve(
    layers: &Layers,
    gotrue: Option<Occasion>,
    mut problems: Vec<Problem>,
) -> Result<(Config, Vec<String>), Vec<Problem>> {
    // A setting whose value could not be read must not be called missing as well.
    let faulty: BTreeSet<String> = problems
        .iter()
        .map(|problem| problem.key.trim_end_matches("_file").to_owned())
        .collect();
    let mut merged = merge(layers, gotrue, &mut problems);
    let mode = check::mode(&merged, layers.environment.is_gotrue);
    if mode == Mode::Development {
        merge_development(&mut merged);
    }
    derive_urls(&mut merged);
    let mut checks = Checks::new(&merged, mode, gotrue, faulty);
    checks.notes.clone_from(&layers.environment.notes);
    checks.everything();
    problems.append(&mut checks.problems);
    let notes = std::mem::take(&mut checks.notes);
    let assembly = Assembly {
        merged: &merged,
        mode,
        json: layers.json,
    };
    match read(&merged) {
        Ok(document) if problems.is_empty() => match assembly.config(document) {
            Ok(config) => Ok((config, notes)),
            Err(problem) => Err(vec![problem]),
        },
        // A value that fits its key but not its section would be a fault of the lists of keys.
        Err(fault) if problems.is_empty() => Err(vec![fault.at(Source::Default, "configuration")]),
        _ => Err(problems),
    }
}

/// Reads the merged layers, once.
fn read(merged: &Layer) -> Result<Document, Fault> {
    let document = document::nest(merged).try_into();
    document.map_err(|error: toml::de::Error| {
        let what = error.message().replace('\n', " ");
        Fault::new(what, "see docs/claviger.example.toml")
    })
}

fn merge(layers: &Layers, gotrue: Option<Occasion>, problems: &mut Vec<Problem>) -> Layer {
    let mut merged = document::defaults();
    if let Some(occasion) = gotrue {
        merged.cover_with(&defaults::layer(occasion));
    }
    merged.cover_with(&layers.file);
    if let Err(problem) = merge_host_and_port(&mut merged, &layers.environment) {
        problems.push(problem);
    }
    merged.cover_with(&layers.environment.layer);
    merged.cover_with(&layers.flags);
    if gotrue.is_some() {
        defaults::complete(&mut merged);
    }
    merged
}

/// GoTrue's host and port change one part of the address each.
fn merge_host_and_port(merged: &mut Layer, environment: &Environment) -> Result<(), Problem> {
    const ADDRESS: &str = "listen.address";
    for (given, is_port) in [(&environment.host, false), (&environment.port, true)] {
        let Some((text, source)) = given else {
            continue;
        };
        let at = |fault: Fault| fault.at(source.clone(), "");
        let Ok(mut address) = listen::socket_address(merged.text(ADDRESS)) else {
            // The address in the file is faulty and is reported as such.
            return Ok(());
        };
        if is_port {
            let advice = "write a number from 0 to 65535";
            let port = text.parse();
            let fault = |_| at(Fault::new(format!("`{text}` is not a port"), advice));
            address.set_port(port.map_err(fault)?);
        } else {
            address.set_ip(listen::host(text).map_err(at)?);
        }
        let value = Value::Plain(address.to_string().into());
        merged.set(ADDRESS, value, source.clone());
    }
    Ok(())
}

/// What development mode does where nothing is set.
fn merge_development(merged: &mut Layer) {
    let unverified = merged.switch("email.allow_unverified_sign_ins");
    let defaults: [(&str, toml::Value); 4] = [
        ("email.autoconfirm", (!unverified).into()),
        ("limits.by_peer_address", false.into()),
        ("log.format", "text".into()),
        ("http.drain_notice", "0s".into()),
    ];
    for (path, value) in defaults {
        if !merged.is_given(path) {
            merged.set(path, Value::Plain(value), Source::DevelopmentDefault);
        }
    }
}

/// Addresses that follow from the one where the API is served.
fn derive_urls(merged: &mut Layer) {
    const ADDRESS: &str = "listen.address";
    let Ok(address) = listen::socket_address(merged.text(ADDRESS)) else {
        return;
    };
    if merged.text("listen.management").is_empty() {
        let beside = listen::beside(address).to_string();
        let value = Value::Plain(beside.into());
        merged.set("listen.management", value, Source::Derived(ADDRESS));
    }
    if !merged.is_given("site.external_url") && address.ip().is_loopback() {
        let url = Value::Plain(format!("http://{address}").into());
        merged.set("site.external_url", url, Source::Derived(ADDRESS));
    }
}

/// Everything that the parts of a [`Config`] are made from.
struct Assembly<'a> {
    merged: &'a Layer,
    mode: Mode,
    json: bool,
}

impl Assembly<'_> {
    /// Puts the configuration together. The checks have found every fault before.
    fn config(&self, document: Document) -> Result<Config, Problem> {
        let at = |key: &'static str| move |fault: Fault| fault.at(self.merged.source(key), key);
        let address = self.address("listen.address");
        let management = self.address("listen.management");
        let columns = storage::column_keys(
            &document.columns,
            self.merged.secret("columns.encryption_key"),
            self.merged.secret("columns.decryption_keys"),
        );
        Ok(Config {
            listen: Listen {
                address: address.map_err(at("listen.address"))?,
                management: management.map_err(at("listen.management"))?,
            },
            database: self.database(&document).map_err(at("database.url"))?,
            redis_url: self.secret("redis.url"),
            keys: self.keys(&document),
            api_keys: self.api_keys(),
            authn: self.settings(&document),
            columns: columns.map_err(|(key, fault)| at(key)(fault))?,
            mail: self.mail(&document),
            smtp: self.smtp(document.smtp),
            openfga: self.openfga(document.openfga),
            authzen_store: authzen::store(&document.authzen.store).map_err(at("authzen.store"))?,
            data_directory: document.data_directory,
            limits: document.limits,
            http: document.http,
            log: document.log,
            mode: self.mode,
            json: self.json,
            sources: Sources(self.merged.clone()),
        })
    }

    fn address(&self, path: &str) -> Result<SocketAddr, Fault> {
        listen::socket_address(self.merged.text(path))
    }

    fn database(&self, document: &Document) -> Result<Database, Fault> {
        let section = &document.database;
        let engine = if section.ephemeral {
            Engine::Ephemeral
        } else {
            let none = Secret::new(String::new());
            let url = self.merged.secret("database.url").unwrap_or(&none);
            storage::engine(url, &document.data_directory)?
        };
        Ok(Database {
            engine,
            connections_max: (section.connections_max > 0).then_some(section.connections_max),
            adopt_unknown_schema: section.adopt_unknown_schema,
            cleanup_enabled: section.cleanup_enabled,
        })
    }

    fn keys(&self, document: &Document) -> KeySources {
        KeySources {
            jwt_secret: self.secret("keys.jwt_secret"),
            jwt_key_id: document.keys.jwt_key_id.clone(),
            jwks: self.secret("keys.jwks"),
            verify_algorithms: document.keys.verify_algorithms.clone(),
        }
    }

    fn api_keys(&self) -> ApiKeys {
        ApiKeys {
            publishable: self.secret("api_keys.publishable"),
            secret: self.secret("api_keys.secret"),
            anon: self.secret("api_keys.anon"),
            service_role: self.secret("api_keys.service_role"),
        }
    }

    fn openfga(&self, mut openfga: OpenFga) -> OpenFga {
        let keys = self.merged.secret("openfga.preshared_keys");
        openfga.preshared_keys = keys.map(openfga::preshared_keys).unwrap_or_default();
        openfga
    }

    fn mail(&self, document: &Document) -> MailDelivery {
        match document.mail.delivery {
            DeliveryChoice::Inbox => MailDelivery::Inbox,
            DeliveryChoice::Smtp => MailDelivery::Smtp,
            DeliveryChoice::Auto if !document.smtp.host.is_empty() => MailDelivery::Smtp,
            DeliveryChoice::Auto if self.mode == Mode::Development => MailDelivery::Inbox,
            DeliveryChoice::Auto => MailDelivery::Nowhere,
        }
    }

    fn smtp(&self, mut smtp: Smtp) -> Smtp {
        smtp.password = self.secret("smtp.password");
        smtp.decide_security();
        smtp
    }

    fn settings(&self, document: &Document) -> Settings {
        let mut site = document.site.clone();
        let url = site.external_url.trim_end_matches('/').len();
        site.external_url.truncate(url);
        let mut phone = document.phone.clone();
        let codes = document.phone.test_otp.iter();
        phone.test_otp = codes
            .map(|(number, code)| (check::bare_number(number), code.clone()))
            .collect();
        Settings {
            site,
            signup: document.signup.clone(),
            email: document.email.clone(),
            phone,
            password: document.password.clone(),
            jwt: document.jwt.clone(),
            refresh: document.refresh.clone(),
            sessions: document.sessions.clone(),
            mfa: document.mfa.clone(),
            webauthn: document.webauthn.clone(),
            providers: self.providers(document),
            features: document.features.clone(),
            account: document.account.clone(),
        }
    }

    /// The providers with their secrets, which the document has not.
    fn providers(&self, document: &Document) -> BTreeMap<String, ProviderSettings> {
        let mut providers = document.providers.clone();
        for path in self.merged.0.keys() {
            let name = path
                .strip_prefix("providers.")
                .and_then(|rest| rest.strip_suffix(".secret"));
            if let (Some(name), Some(secret)) = (name, self.merged.secret(path)) {
                let provider = providers.entry(name.to_owned()).or_default();
                provider.secret = Some(secret.clone());
            }
        }
        providers
    }

    fn secret(&self, path: &str) -> Option<Secret<String>> {
        self.merged.secret(path).cloned()
    }
}
