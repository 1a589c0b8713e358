//! The database: reachable, the right kind, writable, of a schema that we know, with our rights.

use super::super::existing::{self, Failure};
use super::report::Report;
use server::config::{Config, Engine, Loaded};
use server::log::chain;
use server::start;
use std::time::Duration;
use store::migrate;
use store::{Error, Store, adopt};
use types::{Clock, SystemClock, Time};

const DATABASE: &str = "database";
const CLOCK: &str = "clock";
const SCHEMA: &str = "schema";
const COLUMNS: &str = "encrypted columns";
/// Longest time for one check.
const SPAN: Duration = Duration::from_secs(10);
/// Clocks further apart than this make tokens look expired, or not valid yet.
const SKEW_MAX: Duration = Duration::from_secs(5);
/// No clock is right that says an earlier time: 2026-06-25, when the schema was made.
const EARLIEST: Time = Time::from_unix_seconds(1_782_345_600);

pub(super) async fn check(report: &mut Report, loaded: &Loaded) {
    let config = &loaded.config;
    let is_set = is_clock_set(report);
    if matches!(config.database.engine, Engine::Ephemeral) {
        return report.good(DATABASE, "made at the start, gone when the server stops");
    }
    let store = match existing::open(config) {
        Ok(store) => store,
        Err(Failure::Absent(path)) => {
            let shown = path.display();
            return report.good(
                DATABASE,
                format_args!("`{shown}` is made at the first start"),
            );
        }
        Err(e) => return report.bad(DATABASE, chain(&e), "give another one with --database"),
    };
    if !is_reachable(report, &store).await {
        return;
    }
    if is_set {
        compare_clocks(report, &store).await;
    }
    if has_usable_schema(report, loaded, &store).await {
        column_keys(report, config, &store).await;
    }
    store.close();
}

fn is_clock_set(report: &mut Report) -> bool {
    let now = SystemClock.now();
    if now >= EARLIEST {
        return true;
    }
    let advice = "set it, and keep it right with NTP: tokens are valid from one time to another";
    report.bad(CLOCK, format_args!("it says {now}"), advice);
    false
}

async fn is_reachable(report: &mut Report, store: &Store) -> bool {
    let name = store.engine_name();
    match store.check(&existing::call(SPAN)).await {
        Ok(()) => {}
        Err(Error::Unusable(why)) => {
            report.bad(DATABASE, why, "");
            return false;
        }
        Err(e) => {
            let advice = "start the server, or correct database.url and the network in between";
            report.bad(DATABASE, format_args!("{name}: {}", chain(&e)), advice);
            return false;
        }
    }
    match store.require_writable(&existing::call(SPAN)).await {
        Ok(()) => {
            report.good(DATABASE, format_args!("{name} answers, and takes writes"));
            true
        }
        Err(e) => {
            let advice = "give the URL of the primary, or end its read-only mode";
            report.bad(DATABASE, format_args!("{name}: {}", chain(&e)), advice);
            false
        }
    }
}

async fn compare_clocks(report: &mut Report, store: &Store) {
    let before = SystemClock.now();
    let theirs = match store.clock(&existing::call(SPAN)).await {
        Ok(theirs) => theirs,
        Err(e) => return report.bad(CLOCK, chain(&e), ""),
    };
    let after = SystemClock.now();
    let early = (before - SKEW_MAX) > theirs;
    let late = (after + SKEW_MAX) < theirs;
    if early || late {
        let what = format_args!("here it is {after}, in the database {theirs}");
        return report.bad(CLOCK, what, "keep both right with NTP");
    }
    report.good(CLOCK, "the one of the database agrees with ours");
}

async fn has_usable_schema(report: &mut Report, loaded: &Loaded, store: &Store) -> bool {
    let unknown = start::unknown_schema(&loaded.config);
    match migrate::look(store, &existing::call(SPAN), unknown).await {
        Ok(found) => {
            let owner = if found.adopted {
                "made by Supabase Auth"
            } else {
                "our own"
            };
            let version = &found.auth_version;
            let pending = match found.applied.len() {
                0 => String::new(),
                1 => "; one migration is to run".to_owned(),
                many => format!("; {many} migrations are to run"),
            };
            if version.is_empty() {
                report.good(SCHEMA, "none yet; it is made at the first start");
            } else {
                report.good(SCHEMA, format_args!("{owner}, version {version}{pending}"));
            }
            if found.adopted {
                gotrue_defaults(report, loaded);
            }
            true
        }
        Err(Error::Unusable(why)) => {
            report.bad(SCHEMA, why, "");
            false
        }
        Err(e) => {
            report.bad(SCHEMA, chain(&e), "");
            false
        }
    }
}

/// On a database of Supabase Auth its defaults apply, with which other settings may be missing.
fn gotrue_defaults(report: &mut Report, loaded: &Loaded) {
    if let Err(problems) = loaded.clone().with_gotrue_defaults() {
        for problem in &problems.0 {
            report.bad(SCHEMA, problem, "");
        }
    }
}

async fn column_keys(report: &mut Report, config: &Config, store: &Store) {
    let found = match adopt::encryption_keys(store, &existing::call(SPAN)).await {
        Ok(found) => found,
        Err(Error::Late) => {
            let advice = "`claviger adopt --dry-run` takes the time";
            return report.note(COLUMNS, "too many users to look at all of them now", advice);
        }
        Err(e) => return report.bad(COLUMNS, chain(&e), ""),
    };
    let known = &config.columns.decryption;
    let missing: Vec<_> = found.iter().filter(|id| !known.contains_key(*id)).collect();
    if !missing.is_empty() {
        let ids = missing.into_iter().map(String::as_str).collect::<Vec<_>>();
        let what = format_args!("no key for {}", ids.join(", "));
        let advice = "give it in columns.decryption_keys \
             (GOTRUE_SECURITY_DB_ENCRYPTION_DECRYPTION_KEYS)";
        return report.bad(COLUMNS, what, advice);
    }
    match found.len() {
        0 => report.good(COLUMNS, "there are none"),
        _ => report.good(COLUMNS, "there is a key for each"),
    }
}
