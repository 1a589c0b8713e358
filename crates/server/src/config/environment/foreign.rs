//! What of the environment is not meant for us: what platforms make, and what is no text.

use super::{CONFIG_FILE, PREFIX, gotrue, key};
use std::collections::BTreeMap;
use std::ffi::OsString;

/// The variables that are text and not empty, and the names of those that are no text.
pub(super) fn texts(
    variables: impl Iterator<Item = (impl Into<OsString>, impl Into<OsString>)>,
) -> (BTreeMap<String, String>, Vec<String>) {
    let (mut texts, mut garbled) = (BTreeMap::new(), Vec::new());
    for (name, value) in variables {
        let (name, value) = (name.into(), value.into());
        match (name.into_string(), value.into_string()) {
            (Ok(_), Ok(value)) if value.is_empty() => {}
            (Ok(name), Ok(value)) => drop(texts.insert(name, value)),
            (Ok(name), Err(_)) => garbled.push(name),
            (Err(name), _) => garbled.push(name.to_string_lossy().into_owned()),
        }
    }
    (texts, garbled)
}

/// Nobody else's variables begin so, but for those that platforms make.
pub(super) fn has_our_prefix(name: &str) -> bool {
    name.starts_with(PREFIX) || name.starts_with(gotrue::PREFIX)
}

/// Without the variables that container platforms make for services whose names begin with ours
/// (`claviger-postgresql`), and without those by which this project's tests find their servers.
pub(super) fn without_injected(mut given: BTreeMap<String, String>) -> BTreeMap<String, String> {
    let injected: Vec<String> = given
        .iter()
        .filter(|(name, value)| has_our_prefix(name) && is_injected(name, value, &given))
        .map(|(name, _)| name.clone())
        .collect();
    for name in injected {
        given.remove(&name);
    }
    given
}

fn is_injected(name: &str, value: &str, given: &BTreeMap<String, String>) -> bool {
    if name == "CLAVIGER_BIN" || name.starts_with("CLAVIGER_TEST_") {
        return true;
    }
    let is_address = value.starts_with("tcp://") || value.starts_with("udp://");
    if is_address && name.ends_with("_PORT") {
        // One of ours, for example CLAVIGER_SMTP_PORT, is somebody's mistake unless the platform
        // made the details of the port as well.
        let details = format!("{name}_");
        let has_details = || given.keys().any(|name| is_detail(name, &details));
        return !is_ours(name) || has_details();
    }
    let is_of_service = name.ends_with("_SERVICE_HOST")
        || name.ends_with("_SERVICE_PORT")
        || name.contains("_SERVICE_PORT_")
        || name.match_indices("_PORT_").any(|(start, word)| {
            let (before, _) = name.split_at(start + word.len());
            is_detail(name, before)
        });
    is_of_service && !is_ours(name)
}

/// `name` goes on behind `before` with a number and a protocol: `..._PORT_5432_TCP_ADDR`.
fn is_detail(name: &str, before: &str) -> bool {
    let Some(rest) = name.strip_prefix(before) else {
        return false;
    };
    let protocol = rest.trim_start_matches(|character: char| character.is_ascii_digit());
    let has_number = protocol.len() < rest.len();
    has_number && (protocol.starts_with("_TCP") || protocol.starts_with("_UDP"))
}

/// A variable that sets something of this server, or that GoTrue knows.
fn is_ours(name: &str) -> bool {
    name == CONFIG_FILE
        || key::variables().contains_key(name)
        || gotrue::variables()
            .iter()
            .any(|variable| variable.name == name)
}
