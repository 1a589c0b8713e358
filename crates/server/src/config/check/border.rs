//! Checks of what leaves and enters the server: mails, headers, stores.

use super::{Checks, Mode};
use crate::config::authzen;
use crate::config::http::check_header_name;
use crate::config::mail::is_this_machine;
use types::Email;

impl Checks<'_> {
    pub(super) fn authzen(&mut self) {
        if let Err(fault) = authzen::store(self.merged.text("authzen.store")) {
            self.report("authzen.store", fault);
        }
    }

    pub(super) fn mail_server(&mut self) {
        let delivery = self.merged.text("mail.delivery");
        let has_host = !self.merged.text("smtp.host").is_empty();
        if delivery == "inbox" && self.mode == Mode::Production {
            self.refuse(
                "mail.delivery",
                "the inbox page is there in development mode only, and nobody would get mails",
                "write \"auto\" or \"smtp\"",
            );
        }
        if has_host && delivery != "inbox" {
            let from = self.merged.text("smtp.admin_email");
            if Email::parse(from).is_err() {
                let what = format!("`{from}` is no e-mail address, and mails need a sender");
                self.refuse(
                    "smtp.admin_email",
                    what,
                    "write for example auth@example.com",
                );
            }
        } else if delivery == "smtp" {
            self.refuse(
                "smtp.host",
                "mails go over SMTP, but to no host",
                "set smtp.host",
            );
        } else if self.mode == Mode::Production && delivery != "inbox" {
            self.note("no mail server is configured: nobody gets mails; set smtp.host");
        }
        if self.merged.secret("smtp.password").is_some() && self.merged.text("smtp.user").is_empty()
        {
            self.refuse(
                "smtp.user",
                "there is a password but no user",
                "set smtp.user",
            );
        }
        if has_host && delivery != "inbox" {
            self.password_in_clear();
        }
        self.check_headers("smtp.headers");
    }

    /// Notes a login that everybody on the way to the mail server can read.
    fn password_in_clear(&mut self) {
        let host = self.merged.text("smtp.host");
        let logs_in = !self.merged.text("smtp.user").is_empty();
        if logs_in && self.merged.text("smtp.security") == "none" && !is_this_machine(host) {
            let note = format!(
                "the password of the mail server goes to `{host}` in clear, and so does every \
                 mail; set smtp.security to starttls or implicit"
            );
            self.note(note);
        }
    }

    pub(super) fn headers(&mut self) {
        self.check_headers("http.cors_allowed_headers");
        self.check_headers("http.rate_limit_header");
        self.check_headers("http.request_id_header");
    }

    /// Checks the names of headers: a text, a list, or the names of a table.
    fn check_headers(&mut self, path: &str) {
        let names: Vec<&str> = match self.merged.plain(path) {
            Some(toml::Value::Array(names)) => {
                names.iter().filter_map(toml::Value::as_str).collect()
            }
            Some(toml::Value::Table(table)) => table.keys().map(String::as_str).collect(),
            Some(toml::Value::String(name)) if !name.is_empty() => vec![name],
            _ => Vec::new(),
        };
        let faults: Vec<_> = names
            .into_iter()
            .filter_map(|name| check_header_name(name).err())
            .collect();
        for fault in faults {
            self.report(path, fault);
        }
    }
}
