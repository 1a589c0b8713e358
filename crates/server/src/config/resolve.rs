//! From layers to the configuration: merge, decide the mode, read once, check everything.

use super::check::{self, Checks};
use super::document::{self, Document};
use super::environment::Environment;
use super::gotrue::defaults::{self, Occasion};
use super::listen::{self, Listen};
use super::mail::{DeliveryChoice, MailDelivery, SmtpSecurity};
use super::problem::{Fault, Problem};
use super::signing::{ApiKeys, KeySources};
use super::source::{Layer, Source, Value};
use super::storage::{self, Database, Engine};
use super::{Config, Mode, Sources};
use authn::settings::Settings;
use std::collections::BTreeSet;
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
    match Document::deserialize_from(&merged) {
        Ok(_) if !problems.is_empty() => Err(problems),
        Ok(document) => {
            let assembly = Assembly {
                merged: &merged,
                mode,
                is_gotrue: gotrue.is_some(),
                json: layers.json,
            };
            match assembly.config(document) {
                Ok(mut config) => {
                    config.sources = Sources(merged);
                    Ok((config, notes))
                }
                Err(problem) => Err(vec![problem]),
            }
        }
        Err(fault) => {
            problems.push(fault.at(Source::Default, "configuration"));
            Err(problems)
        }
    }
}

impl Document {
    fn deserialize_from(merged: &Layer) -> Result<Self, Fault> {
        document::nest(merged)
            .try_into()
            .map_err(|error: toml::de::Error| {
                let what = error.to_string().replace('\n', " ");
                Fault::new(what.trim(), "see docs/claviger.example.toml")
            })
    }
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
    let defaults: [(&str, toml::Value); 3] = [
        ("email.autoconfirm", (!unverified).into()),
        ("limits.by_peer_address", false.into()),
        ("log.format", "text".into()),
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
    is_gotrue: bool,
    json: bool,
}

impl Assembly<'_> {
    /// Puts the configuration together; every fault was found before, so that one is enough here.
    fn config(&self, document: Document) -> Result<Config, Problem> {
        let fault = |key: &'static str| move |fault: Fault| fault.at(self.merged.source(key), key);
        let Document {
            data_directory,
            columns,
            mut smtp,
            mail,
            limits,
            http,
            account,
            log,
            ..
        } = document.clone();
        let columns = storage::column_keys(
            &columns,
            self.merged.secret("columns.encryption_key"),
            self.merged.secret("columns.decryption_keys"),
        )
        .map_err(|(key, problem)| problem.at(self.merged.source(key), key))?;
        smtp.password = self.secret("smtp.password");
        smtp.decide_security(if self.is_gotrue {
            SmtpSecurity::Opportunistic
        } else {
            SmtpSecurity::Starttls
        });
        Ok(Config {
            listen: Listen {
                address: self
                    .address("listen.address")
                    .map_err(fault("listen.address"))?,
                management: self
                    .address("listen.management")
                    .map_err(fault("listen.management"))?,
            },
            database: self.database(&document).map_err(fault("database.url"))?,
            data_directory,
            redis_url: self.secret("redis.url"),
            keys: self.keys(&document),
            api_keys: self.api_keys(),
            mail: match mail.delivery {
                DeliveryChoice::Inbox => MailDelivery::Inbox,
                DeliveryChoice::Smtp => MailDelivery::Smtp,
                DeliveryChoice::Auto if !smtp.host.is_empty() => MailDelivery::Smtp,
                DeliveryChoice::Auto if self.mode == Mode::Development => MailDelivery::Inbox,
                DeliveryChoice::Auto => MailDelivery::Nowhere,
            },
            authn: self.settings(document),
            columns,
            smtp,
            limits,
            http,
            account,
            log,
            mode: self.mode,
            json: self.json,
            sources: Sources(Layer::default()),
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

    fn settings(&self, document: Document) -> Settings {
        let mut settings = Settings {
            site: document.site,
            signup: document.signup,
            email: document.email,
            phone: document.phone,
            password: document.password,
            jwt: document.jwt,
            refresh: document.refresh,
            sessions: document.sessions,
            mfa: document.mfa,
            webauthn: document.webauthn,
            providers: document.providers,
            features: document.features,
        };
        let url = settings.site.external_url.trim_end_matches('/').len();
        settings.site.external_url.truncate(url);
        let codes = std::mem::take(&mut settings.phone.test_otp).into_iter();
        settings.phone.test_otp = codes
            .map(|(number, code)| (check::bare_number(&number), code))
            .collect();
        for (path, _) in &self.merged.0 {
            let name = path
                .strip_prefix("providers.")
                .and_then(|rest| rest.strip_suffix(".secret"));
            if let (Some(name), Some(secret)) = (name, self.merged.secret(path)) {
                let provider = settings.providers.entry(name.to_owned()).or_default();
                provider.secret.clone_from(secret.expose());
            }
        }
        settings
    }

    fn secret(&self, path: &str) -> Option<Secret<String>> {
        self.merged.secret(path).cloned()
    }
}
