//! Checks of where the server is: addresses, URLs, mode, database.

use super::{Checks, Mode, Occasion, is_loopback, socket_address};
use crate::config::storage::{self, ColumnsSection};
use std::net::SocketAddr;
use std::path::Path;
use url::Url;

const ADDRESS: &str = "listen.address";
const MANAGEMENT: &str = "listen.management";
const EXTERNAL_URL: &str = "site.external_url";
const SITE_URL: &str = "site.site_url";
const DATABASE_URL: &str = "database.url";

impl Checks<'_> {
    pub(super) fn addresses(&mut self) {
        let address = self.address(ADDRESS);
        let management = self.address(MANAGEMENT);
        let (Some(address), Some(management)) = (address, management) else {
            return;
        };
        if address == management && address.port() != 0 {
            self.refuse(
                MANAGEMENT,
                format!("`{management}` is the address of the API too"),
                "choose another port",
            );
        }
        if !management.ip().is_loopback() {
            self.note(format!(
                "the management address {management} is public: whoever reaches it can read the \
                 metrics"
            ));
        }
    }

    fn address(&mut self, path: &str) -> Option<SocketAddr> {
        match socket_address(self.merged.text(path)) {
            Ok(address) => Some(address),
            // Without an address of the API there is none beside it: one fault is enough.
            Err(_) if path == MANAGEMENT && self.merged.text(path).is_empty() => None,
            Err(fault) => {
                self.report(path, fault);
                None
            }
        }
    }

    pub(super) fn urls(&mut self) {
        self.required_urls();
        let external = self.merged.text(EXTERNAL_URL);
        if let Err(what) = check_url(external, Scheme::Web) {
            let what = format!("`{}` {what}", shown(external));
            self.refuse(
                EXTERNAL_URL,
                what,
                "write for example https://auth.example.com",
            );
        }
        let site = self.merged.text(SITE_URL);
        if let Err(what) = check_url(site, Scheme::Any) {
            let what = format!("`{}` {what}", shown(site));
            self.refuse(SITE_URL, what, "write for example https://app.example.com");
        }
    }

    /// `AuthZEN` has https alone, and clients hold a server to it. On this machine nobody else's
    /// client asks.
    pub(super) fn discovery(&mut self) {
        let external = self.merged.text(EXTERNAL_URL);
        let is_http = Url::parse(external).is_ok_and(|url| url.scheme() == "http");
        if self.mode == Mode::Production && is_http && !is_loopback(external) {
            self.note(format!(
                "{EXTERNAL_URL} `{}` is not https: clients refuse the endpoints that \
                 /.well-known/authzen-configuration lists",
                shown(external)
            ));
        }
    }

    /// Links in mails are built on these URLs: a server for others must not guess them.
    fn required_urls(&mut self) {
        let missing: Vec<&str> = [EXTERNAL_URL, SITE_URL]
            .into_iter()
            .filter(|path| !self.merged.is_given(path) && !self.faulty.contains(*path))
            .collect();
        if self.gotrue == Some(Occasion::Environment) {
            for path in missing {
                let variable = match path {
                    EXTERNAL_URL => "API_EXTERNAL_URL",
                    _ => "GOTRUE_SITE_URL",
                };
                let advice = format!("set {variable}");
                self.refuse(
                    path,
                    "this is required where GoTrue's variables are given",
                    advice,
                );
            }
            return;
        }
        let Ok(address) = socket_address(self.merged.text(ADDRESS)) else {
            return;
        };
        if address.ip().is_loopback() {
            return;
        }
        if !missing.is_empty() {
            self.refuse(
                ADDRESS,
                format!(
                    "`{address}` is public, and {} is not set",
                    missing.join(" or ")
                ),
                "set both to public URLs, or listen on 127.0.0.1",
            );
        } else if is_loopback(self.merged.text(EXTERNAL_URL)) {
            self.note(format!(
                "the server listens on {address}, but {EXTERNAL_URL} is on this machine: links in \
                 mails work here only"
            ));
        }
    }

    /// Development mode confirms everybody: it is only for this machine.
    pub(super) fn development(&mut self) {
        if self.mode != Mode::Development {
            return;
        }
        let public = socket_address(self.merged.text(ADDRESS))
            .ok()
            .filter(|address| !address.ip().is_loopback())
            .map(|address| format!("`{address}` is public"));
        let far = |path: &str| {
            let url = self.merged.text(path);
            let is_far = Url::parse(url).is_ok() && !is_loopback(url);
            is_far.then(|| format!("{path} is `{}`", shown(url)))
        };
        let reasons = [
            public,
            far(EXTERNAL_URL),
            far(SITE_URL),
            self.merged
                .secret(DATABASE_URL)
                .map(|_| format!("{DATABASE_URL} is given")),
            (self.gotrue == Some(Occasion::Environment))
                .then(|| "variables of GoTrue are given".to_owned()),
        ];
        let reasons: Vec<String> = reasons.into_iter().flatten().collect();
        if !reasons.is_empty() {
            self.refuse(
                "mode",
                format!(
                    "development mode is for this machine only, but {}",
                    reasons.join(" and ")
                ),
                "set mode to \"production\", or keep everything on loopback",
            );
        }
    }

    pub(super) fn database(&mut self) {
        let ephemeral = self.merged.switch("database.ephemeral");
        if ephemeral && self.merged.secret(DATABASE_URL).is_some() {
            self.refuse(
                "database.ephemeral",
                "a database in memory and a database URL exclude each other",
                "give one of them",
            );
        }
        let directory = self.merged.text("data_directory");
        if directory.is_empty() {
            self.refuse("data_directory", "this is empty", "write for example data");
        }
        let directory = Path::new(directory).to_owned();
        self.check_secret(DATABASE_URL, |url| {
            storage::engine(url, &directory).map(|_| ())
        });
        self.check_secret("redis.url", storage::check_redis);
    }

    pub(super) fn columns(&mut self) {
        let section = ColumnsSection {
            encrypt: self.merged.switch("columns.encrypt"),
            encryption_key_id: self.merged.text("columns.encryption_key_id").to_owned(),
        };
        let keys = storage::column_keys(
            &section,
            self.merged.secret("columns.encryption_key"),
            self.merged.secret("columns.decryption_keys"),
        );
        if let Err((path, fault)) = keys {
            self.report(path, fault);
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scheme {
    /// Only http and https.
    Web,
    /// An app's own scheme too.
    Any,
}

/// What is wrong with an absolute URL.
pub(super) fn check_url(text: &str, scheme: Scheme) -> Result<(), &'static str> {
    let url = Url::parse(text).map_err(|_| "is no absolute URL")?;
    let is_web = matches!(url.scheme(), "http" | "https");
    if !text.contains("://") {
        return Err("is no absolute URL");
    }
    if !is_web && scheme == Scheme::Web {
        return Err("is neither http nor https");
    }
    if is_web && url.host_str().is_none_or(str::is_empty) {
        return Err("has no host");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("has a user name or password");
    }
    if scheme == Scheme::Web && (url.query().is_some() || url.fragment().is_some()) {
        return Err("has a query or fragment");
    }
    Ok(())
}

/// A URL without the password that it should not have.
fn shown(text: &str) -> String {
    match Url::parse(text) {
        Ok(mut url) if url.password().is_some() => match url.set_password(None) {
            Ok(()) => url.to_string(),
            Err(()) => "(set)".to_owned(),
        },
        _ => text.to_owned(),
    }
}
