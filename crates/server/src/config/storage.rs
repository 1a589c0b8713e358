//! `[database]`, `[redis]`, `[columns]`: where the state is.

use super::key::{Section, key, later};
use super::kind::Kind::{Boolean, Secret as SecretText, SecretMap, Text, Whole};
use super::problem::{Fault, did_you_mean};
use authn::settings::ColumnKeys;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use types::Secret;
use url::Url;

pub(crate) const DATABASE: Section = Section {
    name: "database",
    about: "Where the state is kept: in a file of the data directory unless a URL is given.",
    keys: &[
        key(
            "database.url",
            SecretText,
            "`postgres://...` (with sslmode up to verify-full) or `sqlite:PATH`.",
        ),
        key(
            "database.connections_max",
            Whole(0, 1_000),
            "Most connections to PostgreSQL; 0 leaves the choice to the server.",
        ),
        key(
            "database.adopt_unknown_schema",
            Boolean,
            "A newer schema of Supabase Auth than the known one is used nevertheless.",
        ),
        key(
            "database.cleanup_enabled",
            Boolean,
            "Rows of the schema `auth` that have expired are removed, a few every minute.",
        ),
        key(
            "database.ephemeral",
            Boolean,
            "The state is in a private temporary folder and gone when the server stops.",
        ),
    ],
};

pub(crate) const REDIS: Section = Section {
    name: "redis",
    about: "The shared cache of several servers; its absence is normal.",
    keys: &[later(
        "redis.url",
        SecretText,
        "`redis://...` or `rediss://...` (with TLS).",
    )],
};

pub(crate) const COLUMNS: Section = Section {
    name: "columns",
    about: "The keys for the columns that Supabase Auth can encrypt.",
    keys: &[
        key(
            "columns.encrypt",
            Boolean,
            "New values are encrypted; otherwise they are only read.",
        ),
        key(
            "columns.encryption_key_id",
            Text,
            "The id of the key that new values are encrypted with.",
        ),
        key(
            "columns.encryption_key",
            SecretText,
            "That key, when it is not among the decryption keys: 32 bytes in base64url.",
        ),
        key(
            "columns.decryption_keys",
            SecretMap,
            "Keys by id, 32 bytes each in base64url.",
        ),
    ],
};

/// Where the state is kept.
#[derive(Debug, Clone)]
pub struct Database {
    /// Which engine, and where.
    pub engine: Engine,
    /// Most connections to PostgreSQL; `None` leaves the choice to the store.
    pub connections_max: Option<usize>,
    /// A newer schema of Supabase Auth than the known one is used nevertheless.
    pub adopt_unknown_schema: bool,
    /// Expired rows of the schema `auth` are removed.
    pub cleanup_enabled: bool,
}

/// The engines.
#[derive(Debug, Clone)]
pub enum Engine {
    /// The embedded database in a file.
    Sqlite {
        /// The file.
        path: PathBuf,
    },
    /// The embedded database in a folder that goes when the server stops.
    Ephemeral,
    /// A PostgreSQL server.
    Postgres {
        /// The URL; its parameters are among [`POSTGRES_PARAMETERS`].
        url: Secret<String>,
    },
}

/// The parameters that a PostgreSQL URL may have.
pub const POSTGRES_PARAMETERS: &[&str] = &[
    "application_name",
    "channel_binding",
    "connect_timeout",
    "dbname",
    "host",
    "hostaddr",
    "keepalives",
    "keepalives_idle",
    "keepalives_interval",
    "keepalives_retries",
    "load_balance_hosts",
    "options",
    "password",
    "port",
    "sslmode",
    "sslrootcert",
    "target_session_attrs",
    "tcp_user_timeout",
    "user",
];

/// The values of `sslmode`, weakest first, as libpq defines them.
pub const SSL_MODES: &[&str] = &[
    "disable",
    "allow",
    "prefer",
    "require",
    "verify-ca",
    "verify-full",
];

/// `[database]` as it is written, but for the secret.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct DatabaseSection {
    pub(crate) connections_max: usize,
    pub(crate) adopt_unknown_schema: bool,
    pub(crate) cleanup_enabled: bool,
    pub(crate) ephemeral: bool,
}

impl Default for DatabaseSection {
    fn default() -> Self {
        Self {
            connections_max: 0,
            adopt_unknown_schema: false,
            cleanup_enabled: true,
            ephemeral: false,
        }
    }
}

/// `[columns]` as it is written, but for the secrets.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ColumnsSection {
    pub(crate) encrypt: bool,
    pub(crate) encryption_key_id: String,
}

/// The engine that a URL names. The fault never repeats the URL: it may hold a password.
pub(crate) fn engine(url: &Secret<String>, data_directory: &Path) -> Result<Engine, Fault> {
    let text = url.expose();
    if let Some(path) = text.strip_prefix("sqlite:") {
        let path = path.strip_prefix("//").unwrap_or(path);
        return match path {
            "" => Err(Fault::new(
                "the URL names no file",
                "write sqlite:PATH, or leave it out for a file in the data directory",
            )),
            ":memory:" => Err(Fault::new(
                "a database in memory has no URL",
                "use --ephemeral instead",
            )),
            _ => Ok(Engine::Sqlite { path: path.into() }),
        };
    }
    if text.is_empty() {
        let path = data_directory.join("claviger.db");
        return Ok(Engine::Sqlite { path });
    }
    check_postgres(text)?;
    Ok(Engine::Postgres { url: url.clone() })
}

fn check_postgres(text: &str) -> Result<(), Fault> {
    let expected = "write postgres://USER:PASSWORD@HOST:PORT/DATABASE or sqlite:PATH";
    let Ok(url) = Url::parse(text) else {
        return Err(Fault::new(
            "this is no database URL",
            format!("{expected}; special characters in the password are percent-encoded"),
        ));
    };
    if !matches!(url.scheme(), "postgres" | "postgresql") {
        return Err(Fault::new(
            format!("databases of kind `{}` are not supported", url.scheme()),
            expected,
        ));
    }
    let parameters: BTreeMap<_, _> = url.query_pairs().collect();
    let named = |name| parameters.contains_key(name);
    if url.host_str().is_none_or(str::is_empty) && !named("host") && !named("hostaddr") {
        return Err(Fault::new("the URL names no host", expected));
    }
    for (name, value) in &parameters {
        check_parameter(name, value)?;
    }
    Ok(())
}

fn check_parameter(name: &str, value: &str) -> Result<(), Fault> {
    match name {
        "pgbouncer" => Err(Fault::new(
            "`pgbouncer` says that a transaction pooler stands before the database, which loses \
             prepared statements",
            "give the URL of the database itself, or of the pooler in session mode",
        )),
        "sslmode" if !SSL_MODES.contains(&value) => Err(Fault::new(
            format!("sslmode `{value}` is unknown"),
            format!("write one of {}", SSL_MODES.join(", ")),
        )),
        "search_path" => Err(Fault::new(
            "the schemas are fixed: `auth` and `claviger`",
            "remove the parameter search_path",
        )),
        _ if POSTGRES_PARAMETERS.contains(&name) => Ok(()),
        _ => Err(Fault::new(
            format!("the parameter `{name}` is unknown"),
            did_you_mean(name, POSTGRES_PARAMETERS.iter().copied(), "remove it"),
        )),
    }
}

/// Checks the URL of Redis or Valkey, without repeating it.
pub(crate) fn check_redis(url: &Secret<String>) -> Result<(), Fault> {
    let parsed = Url::parse(url.expose()).ok();
    let known = parsed
        .as_ref()
        .is_some_and(|url| matches!(url.scheme(), "redis" | "rediss" | "valkey" | "valkeys"));
    let host = parsed.as_ref().and_then(Url::host_str).unwrap_or_default();
    if known && !host.is_empty() {
        return Ok(());
    }
    Err(Fault::new(
        "this is no URL of Redis or Valkey",
        "write redis://HOST:PORT, or rediss://HOST:PORT for TLS",
    ))
}

/// Longest id of a key that columns are encrypted with: `auth.users.encrypted_password` has 255
/// characters, an encrypted Argon2id hash 223 beside the id.
const KEY_ID_BYTES_MAX: usize = 32;

/// The column keys, or the fault and the key it concerns.
pub(crate) fn column_keys(
    section: &ColumnsSection,
    encryption_key: Option<&Secret<String>>,
    decryption_keys: Option<&Secret<String>>,
) -> Result<ColumnKeys, (&'static str, Fault)> {
    let mut decryption = BTreeMap::new();
    let listed = decryption_keys.map_or("", |keys| keys.expose().as_str());
    for pair in super::kind::items(listed) {
        let (id, key) = pair.split_once(':').unwrap_or((pair, ""));
        let key = column_key(id, key).map_err(|fault| ("columns.decryption_keys", fault))?;
        decryption.insert(id.to_owned(), key);
    }
    let id = &section.encryption_key_id;
    if let Some(key) = encryption_key {
        let key = column_key(id, key.expose()).map_err(|f| ("columns.encryption_key", f))?;
        let other = decryption
            .get(id)
            .is_some_and(|k| k.expose() != key.expose());
        if other {
            let fault = Fault::new(
                format!("the key differs from the decryption key `{id}`"),
                "remove it: the decryption key with that id is used",
            );
            return Err(("columns.encryption_key", fault));
        }
        decryption.entry(id.clone()).or_insert(key);
    }
    if section.encrypt && !decryption.contains_key(id) {
        let fault = Fault::new(
            format!("there is no decryption key with the id `{id}`"),
            "list the encryption key among columns.decryption_keys",
        );
        return Err(("columns.encryption_key_id", fault));
    }
    if section.encrypt && id.len() > KEY_ID_BYTES_MAX {
        let fault = Fault::new(
            format!(
                "with an id of {} bytes, the hash of a password does not fit its column",
                id.len()
            ),
            format!(
                "encrypt with a key whose id has at most {KEY_ID_BYTES_MAX}, and keep this one \
                 among columns.decryption_keys"
            ),
        );
        return Err(("columns.encryption_key_id", fault));
    }
    let encryption = section.encrypt.then(|| id.clone());
    Ok(ColumnKeys {
        decryption,
        encryption,
    })
}

fn column_key(id: &str, text: &str) -> Result<Secret<Vec<u8>>, Fault> {
    let fault = |what: &str| {
        Fault::new(
            format!("the key `{id}` {what}"),
            "give 32 random bytes in base64url without padding",
        )
    };
    let bytes = data_encoding::BASE64URL_NOPAD
        .decode(text.trim_end_matches('=').as_bytes())
        .map_err(|_| fault("is not base64url"))?;
    if bytes.len() == 32 {
        Ok(Secret::new(bytes))
    } else {
        Err(fault("is not 32 bytes long"))
    }
}

#[cfg(test)]
mod tests;
