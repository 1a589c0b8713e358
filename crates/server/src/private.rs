//! Keys that are generated on the first start and kept in private files.

use authn::keys::KeySet;
use authn::token::ApiKeyRole;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use types::{Entropy, Secret, Time};

/// The file with the private signing keys, a JSON array of JWKs (RFC 7517).
pub const SIGNING_KEYS_FILE: &str = "jwt-keys.json";
/// The file with the API keys.
pub const API_KEYS_FILE: &str = "api-keys.json";

/// How long generated legacy keys live: ten years, as Supabase's own.
const LEGACY_KEY_SECONDS: i64 = 10 * 365 * 24 * 3600;
/// Random bytes of an opaque key.
const OPAQUE_KEY_BYTES: usize = 32;

/// Why the private files cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file or its folder cannot be read or written.
    #[error("the private file `{path}`: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Others may read the file.
    #[error("the private file `{path}` can be read by others (mode {mode:o}); run chmod 600 on it")]
    Open {
        /// Which.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Others may put files of their own in the place of ours.
    #[error(
        "the data folder `{path}` can be written by others (mode {mode:o}); run chmod go-w on it"
    )]
    Shared {
        /// Which.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The file holds no keys.
    #[error("the private file `{path}` is damaged: {reason}")]
    Damaged {
        /// Which.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// A key could not be made or used.
    #[error("the signing keys: {0}")]
    Keys(#[from] authn::keys::KeyError),
}

/// What the folder holds.
#[derive(Debug)]
pub struct Kept<T> {
    /// What was found, or else made.
    pub value: T,
    /// It was made just now.
    pub is_new: bool,
}

/// The keys that clients present, as they are kept.
#[derive(Clone, Serialize, Deserialize)]
pub struct StoredApiKeys {
    /// `sb_publishable_...`.
    pub publishable: String,
    /// `sb_secret_...`.
    pub secret: String,
    /// The legacy key of the role `anon`.
    pub anon: String,
    /// The legacy key of the role `service_role`.
    pub service_role: String,
}

/// Never the keys.
impl fmt::Debug for StoredApiKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredApiKeys").finish_non_exhaustive()
    }
}

/// A folder that nobody else can look into, removed with all that is in it when dropped.
#[derive(Debug)]
pub struct TemporaryFolder(PathBuf);

impl TemporaryFolder {
    /// Makes it where the operating system keeps temporary files.
    pub fn make(entropy: &dyn Entropy) -> Result<Self, Error> {
        let path = std::env::temp_dir().join(format!("claviger-{}", entropy.uuid()));
        // One that exists was laid there by somebody who guessed the name.
        DirBuilder::new()
            .mode(0o700)
            .create(&path)
            .map_err(|e| file_error(&path, e))?;
        Ok(Self(path))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        // What cannot be removed now, the operating system removes some day.
        drop(std::fs::remove_dir_all(&self.0));
    }
}

/// Makes the data folder, readable by its owner only. One that others may write to is refused:
/// they could lay their keys there.
pub fn make_folder(path: &Path) -> Result<(), Error> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(|e| file_error(path, e))?;
    let metadata = std::fs::metadata(path).map_err(|e| file_error(path, e))?;
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o022 != 0 {
        return Err(Error::Shared {
            path: path.to_owned(),
            mode,
        });
    }
    Ok(())
}

/// The signing keys of the folder; both are made on the first start.
pub fn signing_keys(folder: &Path, entropy: &dyn Entropy) -> Result<Kept<KeySet>, Error> {
    make_folder(folder)?;
    let path = folder.join(SIGNING_KEYS_FILE);
    let found = read(&path)?;
    let is_new = found.is_none();
    let text = if let Some(text) = found {
        text
    } else {
        let (jwk, _) = KeySet::generate_es256(entropy)?;
        create(&path, &Secret::new(format!("[{jwk}]")), entropy)?
    };
    let value = KeySet::from_jwks(text.expose(), None, &[])?;
    Ok(Kept { value, is_new })
}

/// The API keys of the folder; both are made on the first start, and the keys again where they
/// were signed with keys that are no longer in use.
pub fn api_keys(
    folder: &Path,
    keys: &KeySet,
    entropy: &dyn Entropy,
    now: Time,
) -> Result<Kept<StoredApiKeys>, Error> {
    make_folder(folder)?;
    let path = folder.join(API_KEYS_FILE);
    let fresh = |value| Kept {
        value,
        is_new: true,
    };
    if let Some(text) = read(&path)? {
        let stored: StoredApiKeys = parse(&path, text.expose())?;
        let valid = |token: &str| keys.verify(token, now).is_ok();
        if valid(&stored.anon) && valid(&stored.service_role) {
            return Ok(Kept {
                value: stored,
                is_new: false,
            });
        }
        let renewed = legacy_keys(keys, now, stored.publishable, stored.secret)?;
        replace(&path, &encode(&path, &renewed)?, entropy)?;
        return Ok(fresh(renewed));
    }
    let publishable = opaque_key("sb_publishable_", entropy);
    let made = legacy_keys(keys, now, publishable, opaque_key("sb_secret_", entropy))?;
    let kept = create(&path, &encode(&path, &made)?, entropy)?;
    parse(&path, kept.expose()).map(fresh)
}

fn legacy_keys(
    keys: &KeySet,
    now: Time,
    publishable: String,
    secret: String,
) -> Result<StoredApiKeys, Error> {
    let issued = now.unix_seconds();
    let expires = issued + LEGACY_KEY_SECONDS;
    Ok(StoredApiKeys {
        publishable,
        secret,
        anon: keys.mint_api_key(ApiKeyRole::Anon, issued, expires)?,
        service_role: keys.mint_api_key(ApiKeyRole::ServiceRole, issued, expires)?,
    })
}

fn opaque_key(prefix: &str, entropy: &dyn Entropy) -> String {
    let mut bytes = [0; OPAQUE_KEY_BYTES];
    entropy.fill(&mut bytes);
    format!("{prefix}{}", data_encoding::BASE64URL_NOPAD.encode(&bytes))
}

fn parse(path: &Path, text: &str) -> Result<StoredApiKeys, Error> {
    serde_json::from_str(text).map_err(|e| Error::Damaged {
        path: path.to_owned(),
        reason: e.to_string(),
    })
}

fn encode(path: &Path, keys: &StoredApiKeys) -> Result<Secret<String>, Error> {
    serde_json::to_string_pretty(keys)
        .map(Secret::new)
        .map_err(|e| Error::Damaged {
            path: path.to_owned(),
            reason: e.to_string(),
        })
}

/// A private file's text, if the file exists. A file that others may read is refused: its keys
/// must count as known.
fn read(path: &Path) -> Result<Option<Secret<String>>, Error> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(file_error(path, e)),
    };
    let metadata = file.metadata().map_err(|e| file_error(path, e))?;
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(Error::Open {
            path: path.to_owned(),
            mode,
        });
    }
    let mut text = String::new();
    file.read_to_string(&mut text)
        .map_err(|e| file_error(path, e))?;
    Ok(Some(Secret::new(text)))
}

/// Writes a private file that does not exist yet. Of two servers that start at once, both end
/// with the file of the first.
fn create(
    path: &Path,
    text: &Secret<String>,
    entropy: &dyn Entropy,
) -> Result<Secret<String>, Error> {
    let fresh = write_beside(path, text, entropy)?;
    let linked = std::fs::hard_link(&fresh, path);
    drop(std::fs::remove_file(&fresh));
    match linked {
        Ok(()) => {}
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
        Err(e) => return Err(file_error(path, e)),
    }
    read(path)?.ok_or_else(|| file_error(path, io::ErrorKind::NotFound.into()))
}

/// Replaces a private file as a whole.
fn replace(path: &Path, text: &Secret<String>, entropy: &dyn Entropy) -> Result<(), Error> {
    let fresh = write_beside(path, text, entropy)?;
    std::fs::rename(&fresh, path).map_err(|e| file_error(path, e))
}

/// A complete file beside `path`, so that no reader ever sees half of it. Its name is not to be
/// guessed, and whatever has that name nevertheless is neither followed nor used; in containers
/// every server has the same process id.
fn write_beside(
    path: &Path,
    text: &Secret<String>,
    entropy: &dyn Entropy,
) -> Result<PathBuf, Error> {
    let fresh = path.with_extension(format!("{}.new", entropy.uuid()));
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(0o600);
    let write = || -> io::Result<()> {
        let mut file = options.open(&fresh)?;
        file.write_all(text.expose().as_bytes())?;
        file.sync_all()
    };
    write().map_err(|e| file_error(&fresh, e))?;
    Ok(fresh)
}

fn file_error(path: &Path, source: io::Error) -> Error {
    Error::File {
        path: path.to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests;
