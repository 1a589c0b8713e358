//! The configuration: defaults, file, environment and flags merged into one checked whole.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use types::{Secret, StoreId};

mod account;
mod api_keys;
mod authzen;
mod check;
mod document;
mod environment;
mod factors;
mod file;
mod gotrue;
mod http;
mod key;
mod kind;
mod limits;
mod listen;
mod log;
mod mail;
mod openfga;
mod problem;
mod publish;
mod rate;
mod resolve;
mod show;
mod sign_in;
mod signing;
mod source;
mod storage;
mod tokens;

pub use self::api_keys::ApiKeys;
pub use self::http::Http;
pub use self::limits::Limits;
pub use self::listen::Listen;
pub use self::log::{Log, LogFormat, LogLevel};
pub use self::mail::{MailDelivery, Smtp, SmtpSecurity};
pub use self::openfga::OpenFga;
pub use self::problem::{Problem, Problems};
pub use self::publish::{Publication, example, publications, schema};
pub use self::rate::{Budget, Rate};
pub use self::signing::KeySources;
pub use self::source::Source;
pub use self::storage::{Database, Engine, POSTGRES_PARAMETERS, SSL_MODES};

use self::gotrue::defaults::Occasion;
use self::problem::Fault;
use self::resolve::Layers;
use self::source::{Layer, Value};

/// The file that is read when no other is named.
pub const FILE_NAME: &str = "claviger.toml";

/// The whole configuration.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where the server listens.
    pub listen: Listen,
    /// Where the embedded database and generated keys are kept.
    pub data_directory: PathBuf,
    /// Where the state is.
    pub database: Database,
    /// The shared cache, when there is one.
    pub redis_url: Option<Secret<String>>,
    /// What signs and verifies access tokens.
    pub keys: KeySources,
    /// What applications present.
    pub api_keys: ApiKeys,
    /// What the flows of sign-in obey.
    pub authn: authn::settings::Settings,
    /// The keys of encrypted columns.
    pub columns: authn::settings::ColumnKeys,
    /// Where mails go.
    pub mail: MailDelivery,
    /// The mail server.
    pub smtp: Smtp,
    /// How often things may be asked for.
    pub limits: Limits,
    /// The border.
    pub http: Http,
    /// The authorization API.
    pub openfga: OpenFga,
    /// The store that is asked where a request of AuthZEN names none.
    pub authzen_store: Option<StoreId>,
    /// What is written to standard error.
    pub log: Log,
    /// How careful the server is.
    pub mode: Mode,
    /// The first line on standard output is one JSON object.
    pub json: bool,
    /// Where each setting came from.
    pub sources: Sources,
}

/// How careful the server is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// On this machine only: mails land in an inbox page, sign-ups are confirmed at once unless
    /// configured otherwise, keys are printed.
    Development,
    /// For others: nothing is guessed, keys are not printed.
    Production,
}

/// Where each setting came from, by its path (`email.autoconfirm`).
#[derive(Debug, Clone)]
pub struct Sources(Layer);

impl Sources {
    /// Where the setting came from; unknown paths count as default.
    pub fn of(&self, path: &str) -> Source {
        self.0.source(path)
    }
}

/// What the command line says, read by the binary.
#[derive(Debug, Clone, Default)]
pub struct Flags {
    /// `--config FILE`
    pub config_file: Option<PathBuf>,
    /// `--listen ADDRESS`
    pub listen: Option<String>,
    /// `--data DIRECTORY`
    pub data: Option<PathBuf>,
    /// `--database URL`
    pub database: Option<String>,
    /// `--redis URL`
    pub redis: Option<String>,
    /// `--ephemeral`
    pub ephemeral: bool,
    /// `--adopt-unknown-schema`
    pub adopt_unknown_schema: bool,
    /// `--json`
    pub json: bool,
}

/// A configuration, and what it was made from.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The configuration.
    pub config: Config,
    /// What the operator should know although nothing is wrong, a line each.
    pub notes: Vec<String>,
    layers: Layers,
}

/// Loads the configuration: built-in defaults, GoTrue's defaults when a `GOTRUE_` variable is
/// given, the file, the environment, the flags; each covers the ones before.
///
/// The file is the one that is named, or `claviger.toml` in the working directory or else in the
/// data directory. All faults are reported at once.
pub fn load(
    flags: &Flags,
    environment: impl Iterator<Item = (impl Into<OsString>, impl Into<OsString>)>,
    read_file: &dyn Fn(&Path) -> io::Result<String>,
) -> Result<Loaded, Problems> {
    let mut problems = Vec::new();
    let mut variables = Vec::new();
    let environment = environment::read(environment, read_file, &mut variables);
    let flag_layer = flags.layer();
    let directory = [&flag_layer, &environment.layer]
        .into_iter()
        .map(|layer| layer.text("data_directory"))
        .find(|text| !text.is_empty())
        .unwrap_or("data");
    let named = flags
        .config_file
        .clone()
        .map(|path| (path, Source::Flag("--config")))
        .or_else(|| {
            let source = Source::Variable(environment::CONFIG_FILE.to_owned());
            environment.config_file.clone().map(|path| (path, source))
        });
    let file = read_config(named, Path::new(directory), read_file, &mut problems);
    problems.append(&mut variables);
    let layers = Layers {
        file,
        environment,
        flags: flag_layer,
        json: flags.json,
    };
    let occasion = layers
        .environment
        .is_gotrue
        .then_some(Occasion::Environment);
    Loaded::resolve(layers, occasion, problems)
}

impl Loaded {
    /// The same with GoTrue's defaults where nothing is set, for a database that Supabase Auth
    /// made. Where the server listens does not change, but [`Config::bound`] must be called again
    /// when it was called before.
    pub fn with_gotrue_defaults(self) -> Result<Self, Problems> {
        if self.layers.environment.is_gotrue {
            return Ok(self);
        }
        Self::resolve(self.layers, Some(Occasion::Database), Vec::new())
    }

    fn resolve(
        layers: Layers,
        gotrue: Option<Occasion>,
        problems: Vec<Problem>,
    ) -> Result<Self, Problems> {
        match resolve::resolve(&layers, gotrue, problems) {
            Ok((config, notes)) => Ok(Self {
                config,
                notes,
                layers,
            }),
            Err(problems) => Err(Problems(problems)),
        }
    }
}

impl Config {
    /// Takes over the addresses that the operating system gave for port 0. The external URL
    /// follows unless it was configured.
    pub fn bound(&mut self, listen: Listen) {
        self.listen = listen;
        if !self.sources.of("site.external_url").is_given() && listen.address.ip().is_loopback() {
            self.authn.site.external_url = format!("http://{}", listen.address);
        }
    }

    /// The effective configuration as TOML, each line with its source; secrets are `(set)`.
    pub fn show(&self) -> String {
        show::show(&self.sources.0, self.mode)
    }
}

impl Flags {
    fn layer(&self) -> Layer {
        let mut layer = Layer::default();
        let mut set = |path, value, flag| layer.set(path, value, Source::Flag(flag));
        let text = |text: &str| Value::Plain(text.into());
        let secret = |text: &String| Value::Secret(Secret::new(text.clone()));
        if let Some(address) = &self.listen {
            set("listen.address", text(address), "--listen");
        }
        if let Some(directory) = &self.data {
            set(
                "data_directory",
                text(&directory.to_string_lossy()),
                "--data",
            );
        }
        if let Some(url) = &self.database {
            set("database.url", secret(url), "--database");
        }
        if let Some(url) = &self.redis {
            set("redis.url", secret(url), "--redis");
        }
        if self.ephemeral {
            set(
                "database.ephemeral",
                Value::Plain(true.into()),
                "--ephemeral",
            );
        }
        if self.adopt_unknown_schema {
            let on = Value::Plain(true.into());
            set(
                "database.adopt_unknown_schema",
                on,
                "--adopt-unknown-schema",
            );
        }
        layer
    }
}

/// The named file must exist; the usual ones may.
fn read_config(
    named: Option<(PathBuf, Source)>,
    data_directory: &Path,
    read_file: &dyn Fn(&Path) -> io::Result<String>,
    problems: &mut Vec<Problem>,
) -> Layer {
    let usual = || [PathBuf::from(FILE_NAME), data_directory.join(FILE_NAME)];
    let candidates = match &named {
        Some((path, _)) => vec![path.clone()],
        None => usual().to_vec(),
    };
    for path in candidates {
        match read_file(&path) {
            Ok(text) => return file::read(&path, &text, read_file, problems),
            Err(error) if error.kind() == io::ErrorKind::NotFound && named.is_none() => {}
            Err(error) => {
                let source = named.map_or_else(
                    || Source::File {
                        path: path.clone(),
                        line: 1,
                    },
                    |(_, source)| source,
                );
                let what = format!(
                    "the configuration `{}` cannot be read: {}",
                    path.display(),
                    file::reason(&error)
                );
                let fault = Fault::new(what, "give the path of a file that the server may read");
                problems.push(fault.at(source, ""));
                break;
            }
        }
    }
    Layer::default()
}

#[cfg(test)]
mod tests;
