//! The keys of a server: those that are configured, and generated ones for the rest.

use super::{StartError, World};
use crate::config::{Config, Engine, Mode};
use crate::private::{self, StoredApiKeys};
use authn::keys::KeySet;
use authn::token::{ApiKeyRole, Verified};
use types::{Secret, Time};

/// What signs tokens, and what applications present.
#[derive(Debug)]
pub(super) struct Keys {
    pub(super) signing: KeySet,
    pub(super) api: StoredApiKeys,
    /// What the operator should know about keys that were made just now.
    pub(super) note: Option<String>,
}

/// The configured keys, and those of the data folder for what is not configured.
pub(super) fn load(config: &Config, world: &World) -> Result<Keys, StartError> {
    let now = world.clock.now();
    let mut made = Vec::new();
    let signing = if let Some(keys) = configured_signing(config)? {
        keys
    } else {
        let kept = private::signing_keys(&config.data_directory, world.entropy.as_ref())?;
        made.extend(kept.is_new.then_some("signing keys"));
        kept.value
    };
    check_given(config, &signing, now)?;
    let api = if let Some(keys) = complete(config) {
        keys
    } else {
        let entropy = world.entropy.as_ref();
        let kept = private::api_keys(&config.data_directory, &signing, entropy, now)?;
        made.extend(kept.is_new.then_some("API keys"));
        covered(config, kept.value)
    };
    Ok(Keys {
        signing,
        api,
        note: note(config, &made),
    })
}

fn configured_signing(config: &Config) -> Result<Option<KeySet>, StartError> {
    let sources = &config.keys;
    if let Some(jwks) = &sources.jwks {
        let secret = sources.jwt_secret.as_ref();
        let keys = KeySet::from_jwks(jwks.expose(), secret, &sources.verify_algorithms)?;
        return Ok(Some(keys));
    }
    let Some(secret) = &sources.jwt_secret else {
        return Ok(None);
    };
    Ok(Some(match sources.jwt_key_id.as_str() {
        "" => KeySet::from_secret(secret)?,
        id => KeySet::from_named_secret(secret, id)?,
    }))
}

/// The configured API keys, when none is missing: then nothing is read or written.
fn complete(config: &Config) -> Option<StoredApiKeys> {
    let text = |key: &Option<Secret<String>>| key.as_ref().map(|key| key.expose().clone());
    let given = &config.api_keys;
    Some(StoredApiKeys {
        publishable: text(&given.publishable)?,
        secret: text(&given.secret)?,
        anon: text(&given.anon)?,
        service_role: text(&given.service_role)?,
    })
}

/// The kept keys, and the configured ones in their place.
fn covered(config: &Config, mut kept: StoredApiKeys) -> StoredApiKeys {
    let given = &config.api_keys;
    for (slot, key) in [
        (&mut kept.publishable, &given.publishable),
        (&mut kept.secret, &given.secret),
        (&mut kept.anon, &given.anon),
        (&mut kept.service_role, &given.service_role),
    ] {
        if let Some(key) = key {
            slot.clone_from(key.expose());
        }
    }
    kept
}

/// Refuses configured tokens that this server would not accept, or that open what they must not.
fn check_given(config: &Config, keys: &KeySet, now: Time) -> Result<(), StartError> {
    let given = &config.api_keys;
    for (wanted, key) in [
        (ApiKeyRole::Anon, &given.anon),
        (ApiKeyRole::ServiceRole, &given.service_role),
    ] {
        let Some(key) = key else {
            continue;
        };
        let checked = match keys.verify(key.expose(), now) {
            Ok(claims) => check_role(wanted, &claims, &config.authn.jwt.admin_roles),
            Err(e) => Err(format!(
                "the signing keys of this server do not accept it: {e}; sign it with \
                 keys.jwt_secret or keys.jwks, or leave it out to have one generated"
            )),
        };
        checked.map_err(|fault| StartError::ApiKey {
            name: wanted.as_str(),
            fault,
        })?;
    }
    Ok(())
}

/// Everybody gets the one key, and the other is good for nothing unless it opens everything.
fn check_role(wanted: ApiKeyRole, key: &Verified, admin_roles: &[String]) -> Result<(), String> {
    let role = &key.role;
    if key.sub.is_some() {
        return Err("it is the token of a user; give a token without `sub`".to_owned());
    }
    match (wanted, admin_roles.contains(role)) {
        (ApiKeyRole::Anon, true) => Err(format!(
            "its role `{role}` is an administrator's (jwt.admin_roles), and everybody gets this \
             key; give a token of the role `anon`"
        )),
        (ApiKeyRole::ServiceRole, false) => Err(format!(
            "its role `{role}` is not an administrator's (jwt.admin_roles: {}); give a token of \
             such a role",
            admin_roles.join(", ")
        )),
        _ => Ok(()),
    }
}

/// What to say when keys were made that other servers over this database have not. Tokens of one
/// would be refused by the other.
fn note(config: &Config, made: &[&str]) -> Option<String> {
    let is_shared = matches!(config.database.engine, Engine::Postgres { .. });
    if made.is_empty() || !is_shared || config.mode != Mode::Production {
        return None;
    }
    let (made, folder) = (made.join(" and "), config.data_directory.display());
    Some(format!(
        "the {made} were generated and are kept in `{folder}`: every other server over this \
         database needs the same ones; give all of them keys.jwks or keys.jwt_secret, and \
         api_keys.publishable, api_keys.secret, api_keys.anon and api_keys.service_role"
    ))
}

#[cfg(test)]
mod tests;
