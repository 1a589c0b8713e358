//! What the server says about itself when it starts: for a person, or as one line of JSON.

use crate::config::{Config, Mode};
use crate::private::API_KEYS_FILE;
use crate::start::Built;
use serde_json::json;
use std::fmt::Write;
use std::path::PathBuf;

/// What whoever started the server needs to use it.
#[derive(Debug, Clone)]
pub struct Facts {
    url: String,
    management_url: String,
    anon_key: String,
    service_key: String,
    publishable_key: String,
    secret_key: String,
    keys_file: PathBuf,
    development: bool,
}

impl Facts {
    /// The facts about a server that was just built.
    pub fn of(config: &Config, built: &Built) -> Self {
        let keys = &built.api_keys;
        Self {
            url: format!("http://{}", config.listen.address),
            management_url: format!("http://{}", config.listen.management),
            anon_key: keys.anon.clone(),
            service_key: keys.service_role.clone(),
            publishable_key: keys.publishable.clone(),
            secret_key: keys.secret.clone(),
            keys_file: config.data_directory.join(API_KEYS_FILE),
            development: config.mode == Mode::Development,
        }
    }

    /// One JSON object without line breaks.
    pub fn json(&self) -> String {
        json!({
            "url": self.url,
            "anon_key": self.anon_key,
            "service_key": self.service_key,
            "publishable_key": self.publishable_key,
            "secret_key": self.secret_key,
            "inbox_url": self.inbox_url(),
            "management_url": self.management_url,
        })
        .to_string()
    }

    fn inbox_url(&self) -> Option<String> {
        self.development.then(|| format!("{}/inbox", self.url))
    }

    /// A short boxed list. Keys appear in development only; else where they are kept.
    pub fn text(&self) -> String {
        let mut rows = vec![("API URL", format!("{}/auth/v1", self.url))];
        if let Some(inbox) = self.inbox_url() {
            rows.push(("Inbox", inbox));
        }
        rows.push(("Management", self.management_url.clone()));
        if self.development {
            rows.push(("Publishable key", self.publishable_key.clone()));
            rows.push(("Secret key", self.secret_key.clone()));
        } else {
            rows.push(("API keys", self.keys_file.display().to_string()));
        }
        let mut text = boxed("Claviger is running", &rows);
        if self.development {
            let _ = write!(
                text,
                "\n  DEVELOPMENT MODE: sign-ups are confirmed at once, mail goes to the inbox.\n  \
                 Not for the public: configure API_EXTERNAL_URL, SITE_URL and a mail server.\n\n  \
                 import {{ createClient }} from '@supabase/supabase-js'\n  \
                 const supabase = createClient('{}', '{}')\n\n",
                self.url, self.publishable_key
            );
        }
        text
    }
}

fn boxed(title: &str, rows: &[(&str, String)]) -> String {
    let name_width = rows.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let value_width = rows.iter().map(|(_, value)| value.len()).max().unwrap_or(0);
    let width = (name_width + value_width + 3).max(title.len());
    let rule = "\u{2500}".repeat(width + 2);
    let mut text = format!("\u{256d}{rule}\u{256e}\n\u{2502} {title:<width$} \u{2502}\n");
    let _ = writeln!(text, "\u{251c}{rule}\u{2524}");
    for (name, value) in rows {
        let line = format!("{name:<name_width$}   {value}");
        let _ = writeln!(text, "\u{2502} {line:<width$} \u{2502}");
    }
    let _ = writeln!(text, "\u{2570}{rule}\u{256f}");
    text
}
