//! What a configuration must hold beyond the form of each value: every fault, none twice.

use super::Mode;
use super::gotrue::defaults::Occasion;
use super::key::{self, Key};
use super::listen::socket_address;
use super::problem::{Fault, Problem};
use super::signing::Reach;
use super::source::Layer;
use std::collections::BTreeSet;
use types::Secret;
use url::{Host, Url};

mod border;
mod place;
mod secrets;
mod sign_in;

pub(crate) use sign_in::bare_number;

/// The checks of one merged configuration.
#[derive(Debug)]
pub(crate) struct Checks<'a> {
    merged: &'a Layer,
    mode: Mode,
    gotrue: Option<Occasion>,
    /// Settings whose value could not be read.
    faulty: BTreeSet<String>,
    pub(crate) problems: Vec<Problem>,
    pub(crate) notes: Vec<String>,
}

impl<'a> Checks<'a> {
    pub(crate) const fn new(
        merged: &'a Layer,
        mode: Mode,
        gotrue: Option<Occasion>,
        faulty: BTreeSet<String>,
    ) -> Self {
        Self {
            merged,
            mode,
            gotrue,
            faulty,
            problems: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// Runs every check.
    pub(crate) fn everything(&mut self) {
        self.addresses();
        self.urls();
        self.discovery();
        self.development();
        self.database();
        self.columns();
        self.signing_keys();
        self.api_keys();
        self.email();
        self.phone();
        self.providers();
        self.unbuilt();
        self.account();
        self.mail_server();
        self.headers();
        self.authzen();
    }

    /// Whoever sets what is not built yet must not believe that it protects or limits anything.
    fn unbuilt(&mut self) {
        for (path, given) in &self.merged.0 {
            let is_later = key::find(path).is_some_and(Key::is_later);
            if is_later && given.source.is_given() {
                self.notes.push(format!("{path}: not built yet, no effect"));
            }
        }
    }

    fn refuse(&mut self, path: &str, what: impl Into<String>, advice: impl Into<String>) {
        self.report(path, Fault::new(what, advice));
    }

    fn report(&mut self, path: &str, fault: Fault) {
        if !self.faulty.contains(path) {
            let problem = fault.at(self.merged.source(path), path);
            self.problems.push(problem);
        }
    }

    /// Reports the fault of a secret that is given.
    fn check_secret(
        &mut self,
        path: &str,
        check: impl FnOnce(&Secret<String>) -> Result<(), Fault>,
    ) {
        let checked = self.merged.secret(path).map(check);
        if let Some(Err(fault)) = checked {
            self.report(path, fault);
        }
    }

    fn note(&mut self, text: impl Into<String>) {
        self.notes.push(text.into());
    }

    fn reach(&self) -> Reach {
        if is_local(self.merged) {
            Reach::Loopback
        } else {
            Reach::Network
        }
    }
}

/// The mode that a merged configuration asks for.
pub(crate) fn mode(merged: &Layer, is_gotrue: bool) -> Mode {
    match merged.text("mode") {
        "development" => Mode::Development,
        "production" => Mode::Production,
        _ if is_gotrue || merged.secret("database.url").is_some() => Mode::Production,
        _ if is_local(merged) => Mode::Development,
        _ => Mode::Production,
    }
}

/// Nothing outside this machine can reach the server, or is meant to.
fn is_local(merged: &Layer) -> bool {
    socket_address(merged.text("listen.address")).is_ok_and(|address| address.ip().is_loopback())
        && is_loopback(merged.text("site.external_url"))
        && is_loopback(merged.text("site.site_url"))
}

/// The URL's host is this machine.
fn is_loopback(url: &str) -> bool {
    Url::parse(url).is_ok_and(|url| match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    })
}

#[cfg(test)]
mod tests;
