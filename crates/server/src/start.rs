//! From a configuration to a running server: everything is built once, here.

mod authorization;
mod keys;
mod settings;

use crate::app::{App, AppParts};
use crate::authzen::DefaultStore;
use crate::config::{Config, Engine};
use crate::http::apikey::{ApiKeys, OpaqueKeys};
use crate::http::limits::Limiters;
use crate::private::{self, StoredApiKeys, TemporaryFolder};
use authn::attempts::{GUESSED_MAX, WRONG_CODES};
use authn::password::Hasher;
use authn::redirect::RedirectPolicy;
use authn::shared_keys::SharedKeys;
use authn::template::Templates;
use authn::{Authn, Parts};
use resilience::rate::{Budget, KeyedBudget};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use store::migrate::{self, UnknownSchema};
use store::{Store, Target, adopt};
use telemetry::Metrics;
use tokio::sync::Notify;
use types::{Call, Clock, Cost, Deadline, Entropy, Origin, RequestId, Secret, StoreId};

/// Connections to `PostgreSQL` where nothing is configured.
const CONNECTIONS_MAX: usize = 20;
/// The database of a server that keeps nothing.
const EPHEMERAL_FILE: &str = "ephemeral.db";
/// Longest time that bringing the database up to date may take.
const MIGRATION_SPAN: Duration = Duration::from_mins(10);
/// Longest time that a start waits for the look at every encrypted value; the first start on a
/// database waits as long as for the migrations.
const COLUMNS_SPAN: Duration = Duration::from_secs(5);

/// Why a server cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The database cannot be used.
    #[error("the database: {0}")]
    Store(#[from] store::Error),
    /// What the sign-in flows need from it cannot be read or made.
    #[error("the database: {0}")]
    Authn(#[from] authn::Error),
    /// The stores cannot be looked for, or none can be made.
    #[error("the database: {0}")]
    Authz(#[from] authz::Error),
    /// The private files cannot be used.
    #[error(transparent)]
    Private(#[from] private::Error),
    /// The signing keys cannot be used.
    #[error("the signing keys: {0}")]
    Keys(#[from] authn::keys::KeyError),
    /// A configured API key is not what it is configured as.
    #[error("api_keys.{name}: {fault}")]
    ApiKey {
        /// Which.
        name: &'static str,
        /// What is wrong, and what to do about it.
        fault: String,
    },
    /// The database holds values that no configured key decrypts.
    #[error(
        "the database holds values encrypted with keys that are not configured: {}; give them in \
         columns.decryption_keys (GOTRUE_SECURITY_DB_ENCRYPTION_DECRYPTION_KEYS)",
        .0.join(", ")
    )]
    Columns(Vec<String>),
    /// A pattern of allowed redirect targets is malformed.
    #[error("site.redirect_allow_list: {0}")]
    Redirects(#[from] authn::redirect::BadPattern),
    /// A mail template is malformed.
    #[error("the mail template `{kind}`: {error}")]
    Template {
        /// Which.
        kind: &'static str,
        /// Why.
        error: authn::template::TemplateError,
    },
}

/// The outside world: time and chance.
#[derive(Debug, Clone)]
pub struct World {
    /// Where time comes from.
    pub clock: Arc<dyn Clock>,
    /// Where randomness comes from.
    pub entropy: Arc<dyn Entropy>,
}

/// What was built.
#[derive(Debug)]
pub struct Built {
    /// The services.
    pub app: App,
    /// The database.
    pub store: Store,
    /// The keys that clients present.
    pub api_keys: StoredApiKeys,
    /// The authorization store that applications are told to begin with.
    pub fga_store: Option<StoreId>,
    /// What bringing the database up to date found and did.
    pub migrations: migrate::Report,
}

/// A database that may be used, as it was found.
#[derive(Debug)]
pub struct Opened {
    store: Store,
    /// Supabase Auth made it.
    pub is_adopted: bool,
}

/// Opens the database and puts the services together.
pub async fn build(config: &Config, world: &World) -> Result<Built, StartError> {
    let opened = open(config, world).await?;
    // Boxed: the future of a whole start is large.
    Box::pin(assemble(config, world, opened)).await
}

/// Opens the database and changes nothing in it. Whether Supabase Auth made it is known then, which
/// may change the defaults of the configuration.
pub async fn open(config: &Config, world: &World) -> Result<Opened, StartError> {
    if keeps_database(config) {
        private::make_folder(&config.data_directory)?;
    }
    let store = Store::open(&target(config))?;
    let call = own_call(world, MIGRATION_SPAN);
    let found = migrate::look(&store, &call, unknown_schema(config)).await?;
    Ok(Opened {
        store,
        is_adopted: found.adopted,
    })
}

/// Brings the database up to date, loads or makes the keys, and puts the services together.
pub async fn assemble(config: &Config, world: &World, opened: Opened) -> Result<Built, StartError> {
    let store = opened.store;
    // Before the first change: a database that is refused stays as it was.
    require_column_keys(config, &store, world).await?;
    let keys::Keys { signing, api, note } = keys::load(config, world)?;
    if let Some(note) = note {
        tracing::warn!("{note}");
    }
    let call = own_call(world, MIGRATION_SPAN);
    let migrations = migrate::run(&store, &call, unknown_schema(config)).await?;
    let entropy = world.entropy.as_ref();
    let shared_keys = SharedKeys::load(&mut store.db(&call), &call, entropy).await?;
    let openfga = authorization::adapter(config, &shared_keys);
    let authz = authorization::use_cases(config, world, &store);
    let access = authorization::access(config, &authz, &call, &shared_keys).await?;
    let parts = Parts {
        store: store.clone(),
        shared_keys,
        settings: settings::flows(config),
        keys: signing,
        hasher: Hasher::new(hash_threads(), Arc::clone(&world.entropy)),
        entropy: Arc::clone(&world.entropy),
        columns: config.columns.clone(),
        redirects: RedirectPolicy::new(&config.authn.site)?,
        templates: Templates::new(&config.authn.email.templates).map_err(|(kind, error)| {
            StartError::Template {
                kind: kind.name(),
                error,
            }
        })?,
        mail_budget: Budget::new(settings::budget(config.limits.mails)),
        sms_budget: Budget::new(settings::budget(config.limits.sms)),
        wrong_codes: KeyedBudget::new(WRONG_CODES, GUESSED_MAX),
        departures: Arc::new(access.clone()),
    };
    let authn = Authn::new(parts);
    authn.learn_hash_costs(&call).await?;
    let fga_store = Box::pin(authorization::told_store(config, world, &authz)).await?;
    let metrics = Metrics::default();
    let app = App::new(AppParts {
        authn,
        authz,
        access,
        openfga,
        default_store: DefaultStore::new(config.authzen_store),
        clock: Arc::clone(&world.clock),
        entropy: Arc::clone(&world.entropy),
        api_keys: ApiKeys::new(
            opaque(&api),
            &config.authn.jwt.admin_roles,
            metrics.api_key_verifications(),
        ),
        limiters: Limiters::new(&settings::limit_rates(config)),
        metrics,
        mail_written: Notify::new(),
        border: settings::border(config),
    });
    Ok(Built {
        app,
        store,
        api_keys: api,
        fga_store,
        migrations,
    })
}

/// What to do about a schema that we do not know.
pub const fn unknown_schema(config: &Config) -> UnknownSchema {
    if config.database.adopt_unknown_schema {
        UnknownSchema::Adopt
    } else {
        UnknownSchema::Refuse
    }
}

/// Refuses a database in which something cannot be decrypted: people would find out one by one,
/// when they sign in.
async fn require_column_keys(
    config: &Config,
    store: &Store,
    world: &World,
) -> Result<(), StartError> {
    let is_known = migrate::has_run(store, &own_call(world, MIGRATION_SPAN)).await?;
    let span = if is_known {
        COLUMNS_SPAN
    } else {
        MIGRATION_SPAN
    };
    let found = match adopt::encryption_keys(store, &own_call(world, span)).await {
        Ok(found) => found,
        Err(store::Error::Late) if is_known => {
            tracing::warn!(
                "there was no time to look at every encrypted value; `claviger adopt --dry-run` \
                 takes it"
            );
            return Ok(());
        }
        Err(e) => return Err(e.into()),
    };
    let known = &config.columns.decryption;
    let missing: Vec<_> = found
        .into_iter()
        .filter(|id| !known.contains_key(id))
        .collect();
    if missing.is_empty() {
        Ok(())
    } else {
        Err(StartError::Columns(missing))
    }
}

/// A call of the server's own, not of a client.
pub fn own_call(world: &World, span: Duration) -> Call {
    Call {
        id: RequestId::random(world.entropy.as_ref()),
        now: world.clock.now(),
        deadline: Deadline::after(world.clock.instant(), span),
        origin: Origin::default(),
        cost: Arc::new(Cost::default()),
    }
}

/// The folder of a server that keeps nothing; its data folder is there from now on. It must
/// outlive what was built.
pub fn ephemeral_folder(
    config: &mut Config,
    world: &World,
) -> Result<Option<TemporaryFolder>, StartError> {
    if !matches!(config.database.engine, Engine::Ephemeral) {
        return Ok(None);
    }
    let folder = TemporaryFolder::make(world.entropy.as_ref())?;
    folder.path().clone_into(&mut config.data_directory);
    Ok(Some(folder))
}

/// The database that the configuration names.
pub fn target(config: &Config) -> Target {
    match &config.database.engine {
        Engine::Sqlite { path } => Target::Sqlite {
            path: path.clone(),
            ephemeral: false,
        },
        Engine::Ephemeral => Target::Sqlite {
            path: config.data_directory.join(EPHEMERAL_FILE),
            ephemeral: true,
        },
        Engine::Postgres { url } => Target::Postgres {
            url: url.clone(),
            connections_max: config.database.connections_max.unwrap_or(CONNECTIONS_MAX),
        },
    }
}

/// The embedded database is in the data folder.
fn keeps_database(config: &Config) -> bool {
    // Without the file system: neither needs to exist yet.
    let whole = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    match &config.database.engine {
        Engine::Sqlite { path } => whole(path).starts_with(whole(&config.data_directory)),
        Engine::Ephemeral => true,
        Engine::Postgres { .. } => false,
    }
}

/// One core is left for everything that is not a password.
fn hash_threads() -> usize {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    cores.saturating_sub(1).max(1)
}

fn opaque(keys: &StoredApiKeys) -> OpaqueKeys {
    OpaqueKeys {
        publishable: Secret::new(keys.publishable.clone()),
        secret: Secret::new(keys.secret.clone()),
        anon_token: Secret::new(keys.anon.clone()),
        service_token: Secret::new(keys.service_role.clone()),
    }
}

#[cfg(test)]
mod tests;
