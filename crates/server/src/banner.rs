//! What the server says about itself when it starts: for a person, or as one line of JSON.

use crate::config::{Config, Mode};
use crate::private::{API_KEYS_FILE, StoredApiKeys};
use crate::start::Built;
use serde_json::json;
use std::fmt::Write;
use std::path::PathBuf;
use types::StoreId;

/// What whoever started the server needs to use it.
#[derive(Debug, Clone)]
pub struct Facts {
    url: String,
    management_url: String,
    keys: StoredApiKeys,
    fga_store: Option<StoreId>,
    /// Where they are kept; nowhere when all of them are configured.
    keys_file: Option<PathBuf>,
    development: bool,
}

impl Facts {
    /// The facts about a server that was just built.
    pub fn of(config: &Config, built: &Built) -> Self {
        let is_kept = !config.api_keys.is_complete();
        Self {
            url: format!("http://{}", config.listen.address),
            management_url: format!("http://{}", config.listen.management),
            keys: built.api_keys.clone(),
            fga_store: built.fga_store,
            keys_file: is_kept.then(|| config.data_directory.join(API_KEYS_FILE)),
            development: config.mode == Mode::Development,
        }
    }

    /// One JSON object without line breaks.
    pub fn json(&self) -> String {
        json!({
            "url": self.url,
            "anon_key": self.keys.anon,
            "service_key": self.keys.service_role,
            "publishable_key": self.keys.publishable,
            "secret_key": self.keys.secret,
            "inbox_url": self.inbox_url(),
            "management_url": self.management_url,
            "fga_api_url": self.url,
            "fga_api_token": self.keys.secret,
            "fga_store_id": self.fga_store.map(|store| store.to_string()),
        })
        .to_string()
    }

    fn inbox_url(&self) -> Option<String> {
        self.development.then(|| format!("{}/inbox", self.url))
    }

    fn keys_place(&self) -> String {
        match &self.keys_file {
            Some(path) => path.display().to_string(),
            None => "as configured".to_owned(),
        }
    }

    /// What OpenFGA's clients read from the environment, a line each; the token in development
    /// only.
    fn variables(&self) -> String {
        let mut lines = format!("\n  FGA_API_URL={}\n", self.url);
        if self.development {
            let _ = writeln!(lines, "  FGA_API_TOKEN={}", self.keys.secret);
        }
        if let Some(store) = self.fga_store {
            let _ = writeln!(lines, "  FGA_STORE_ID={store}");
        }
        lines
    }

    /// A short boxed list. Keys appear in development only; else where they are kept.
    pub fn text(&self) -> String {
        let mut rows = vec![
            ("URL", self.url.clone()),
            ("Auth API", format!("{}/auth/v1", self.url)),
        ];
        if let Some(inbox) = self.inbox_url() {
            rows.push(("Inbox", inbox));
        }
        rows.push(("Management", self.management_url.clone()));
        if self.development {
            // The short forms: the legacy tokens, for which they stand, would burst the box.
            rows.push(("Anon key (publishable)", self.keys.publishable.clone()));
            rows.push(("Service key (secret)", self.keys.secret.clone()));
        } else {
            rows.push(("API keys", self.keys_place()));
        }
        let mut text = boxed("Claviger is running", &rows);
        text += &self.variables();
        if self.development {
            let _ = write!(
                text,
                "\n  DEVELOPMENT MODE: sign-ups are confirmed at once, mail goes to the inbox.\n  \
                 Not for the public: configure API_EXTERNAL_URL, SITE_URL and a mail server.\n\n  \
                 import {{ createClient }} from '@supabase/supabase-js'\n  \
                 const supabase = createClient('{}', '{}')\n\n",
                self.url, self.keys.publishable
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

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(mode: Mode) -> Facts {
        let text = |text: &str| text.to_owned();
        Facts {
            url: text("http://127.0.0.1:9999"),
            management_url: text("http://127.0.0.1:9998"),
            keys: StoredApiKeys {
                publishable: text("sb_publishable_p"),
                secret: text("sb_secret_s"),
                anon: text("anon.jwt.a"),
                service_role: text("service.jwt.s"),
            },
            fga_store: Some(StoreId::NONE),
            keys_file: Some("data/api-keys.json".into()),
            development: mode == Mode::Development,
        }
    }

    /// The rows of the box, without its walls and the blanks between the columns.
    fn rows(text: &str) -> Vec<String> {
        let inside = text
            .lines()
            .filter_map(|line| line.strip_prefix('\u{2502}'));
        inside
            .map(|row| {
                let words: Vec<&str> = row
                    .trim_end_matches('\u{2502}')
                    .split_whitespace()
                    .collect();
                words.join(" ")
            })
            .collect()
    }

    #[test]
    fn in_development_the_list_holds_what_an_application_needs() {
        let text = facts(Mode::Development).text();
        assert_eq!(
            rows(&text),
            [
                "Claviger is running",
                "URL http://127.0.0.1:9999",
                "Auth API http://127.0.0.1:9999/auth/v1",
                "Inbox http://127.0.0.1:9999/inbox",
                "Management http://127.0.0.1:9998",
                "Anon key (publishable) sb_publishable_p",
                "Service key (secret) sb_secret_s",
            ]
        );
        let paste = "  import { createClient } from '@supabase/supabase-js'\n  \
                     const supabase = createClient('http://127.0.0.1:9999', 'sb_publishable_p')\n";
        assert!(text.contains(paste), "{text}");
        assert!(text.contains("DEVELOPMENT MODE"), "{text}");
        let variables = "  FGA_API_URL=http://127.0.0.1:9999\n  FGA_API_TOKEN=sb_secret_s\n  \
                         FGA_STORE_ID=00000000000000000000000000\n";
        assert!(text.contains(variables), "{text}");
    }

    #[test]
    fn in_production_the_list_says_where_the_keys_are_and_no_key() {
        let mut facts = facts(Mode::Production);
        assert_eq!(
            rows(&facts.text()),
            [
                "Claviger is running",
                "URL http://127.0.0.1:9999",
                "Auth API http://127.0.0.1:9999/auth/v1",
                "Management http://127.0.0.1:9998",
                "API keys data/api-keys.json",
            ]
        );
        for key in ["sb_publishable_p", "sb_secret_s", ".jwt."] {
            assert!(!facts.text().contains(key), "{key}");
        }
        let variables = "  FGA_API_URL=http://127.0.0.1:9999\n  FGA_STORE_ID=0000";
        assert!(facts.text().contains(variables), "{}", facts.text());
        facts.fga_store = None;
        assert!(!facts.text().contains("FGA_STORE_ID"));
        facts.keys_file = None;
        assert_eq!(rows(&facts.text())[4], "API keys as configured");
    }

    #[test]
    fn a_program_reads_the_keys_from_one_line() {
        let line = facts(Mode::Development).json();
        assert!(!line.contains('\n'));
        let read: serde_json::Value = serde_json::from_str(&line).unwrap();
        for (name, value) in [
            ("url", "http://127.0.0.1:9999"),
            ("anon_key", "anon.jwt.a"),
            ("service_key", "service.jwt.s"),
            ("publishable_key", "sb_publishable_p"),
            ("secret_key", "sb_secret_s"),
            ("inbox_url", "http://127.0.0.1:9999/inbox"),
            ("fga_api_url", "http://127.0.0.1:9999"),
            ("fga_api_token", "sb_secret_s"),
            ("fga_store_id", "00000000000000000000000000"),
        ] {
            assert_eq!(read[name], value, "{name}");
        }
    }

    #[test]
    fn what_is_printed_for_debugging_holds_no_key() {
        let shown = format!("{:?}", facts(Mode::Development));
        for key in ["sb_publishable_p", "sb_secret_s", ".jwt."] {
            assert!(!shown.contains(key), "{shown}");
        }
    }
}
