//! Checks of how users sign in.

use super::Checks;
use super::place::{Scheme, check_url};
use types::{Phone, Time};

impl Checks<'_> {
    pub(super) fn email(&mut self) {
        let unverified = "email.allow_unverified_sign_ins";
        if self.merged.switch("email.autoconfirm") && self.merged.switch(unverified) {
            self.refuse(
                unverified,
                "where addresses are confirmed at once, none is unverified",
                "switch off either this or email.autoconfirm",
            );
        }
    }

    pub(super) fn phone(&mut self) {
        let provider = self.merged.text("phone.provider");
        if self.merged.switch("phone.enabled") && !provider.is_empty() {
            let what =
                format!("text messages cannot be sent yet: `{provider}` would never be asked");
            self.refuse(
                "phone.provider",
                what,
                "remove the provider and use phone.test_otp, or switch off phone.enabled",
            );
        }
        let codes = self.merged.plain("phone.test_otp");
        let codes = codes.and_then(toml::Value::as_table).cloned();
        for (number, code) in codes.unwrap_or_default() {
            let code = code.as_str().unwrap_or_default();
            if Phone::parse(&bare_number(&number)).is_err() || code.is_empty() {
                self.refuse(
                    "phone.test_otp",
                    format!("`{number}` is no phone number with a code"),
                    "write the number with its country code, for example 15555550100 = \"123456\"",
                );
            }
        }
        let until = self.merged.text("phone.test_otp_valid_until");
        if !until.is_empty() && Time::parse(until).is_none() {
            let what = format!("`{until}` is no RFC 3339 time");
            self.refuse(
                "phone.test_otp_valid_until",
                what,
                "write for example 2030-01-01T00:00:00Z",
            );
        }
    }

    pub(super) fn providers(&mut self) {
        let paths: Vec<String> = self.merged.0.keys().cloned().collect();
        for path in &paths {
            let Some((name, setting)) = path
                .strip_prefix("providers.")
                .and_then(|rest| rest.rsplit_once('.'))
            else {
                continue;
            };
            let ids = self.merged.plain(&format!("providers.{name}.client_id"));
            let has_id = ids
                .and_then(toml::Value::as_array)
                .is_some_and(|ids| !ids.is_empty());
            let url = self.merged.text(path);
            let is_url = matches!(setting, "url" | "redirect_uri") && !url.is_empty();
            if let (true, Err(what)) = (is_url, check_url(url, Scheme::Web)) {
                let what = format!("`{url}` {what}");
                self.refuse(
                    path,
                    what,
                    "write an absolute URL such as https://auth.example.com",
                );
            } else if setting == "enabled" && self.merged.switch(path) && !has_id {
                self.note(format!(
                    "the provider {name} is enabled but has no client_id"
                ));
            }
        }
    }

    /// Mails link to this page, so it must be one that a browser can open.
    pub(super) fn account(&mut self) {
        let path = "account.password_reset_url";
        let url = self.merged.text(path);
        if let (false, Err(what)) = (url.is_empty(), check_url(url, Scheme::Any)) {
            let what = format!("`{url}` {what}");
            self.refuse(
                path,
                what,
                "write for example https://app.example.com/reset-password",
            );
        }
        if self.merged.text("account.opening_plan").is_empty() {
            self.refuse(
                "account.opening_plan",
                "an account without a plan cannot be told from one whose plan is lost",
                "write for example free",
            );
        }
    }
}

/// A number as GoTrue compares it: without the plus sign and blanks.
pub(crate) fn bare_number(number: &str) -> String {
    number.trim_start_matches('+').replace(' ', "")
}
