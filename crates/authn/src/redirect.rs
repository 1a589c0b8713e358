//! Where a browser may be sent back to, and how the result travels in the URL.

mod glob;
mod location;
mod target;

use crate::settings::SiteSettings;
use glob::Glob;
use target::{Address, Target};
use types::limits::REDIRECT_URL_BYTES_MAX;

pub(crate) use location::{escape_query, is_url_byte};
pub use location::{with_error_fragment, with_fragment, with_query};

/// The operator's decision on redirect targets, ready to be asked.
#[derive(Debug, Clone)]
pub struct RedirectPolicy {
    site_url: String,
    patterns: Vec<Glob>,
}

/// A setting of [`RedirectPolicy`] that cannot be understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{pattern}`: {reason}")]
pub struct BadPattern {
    /// The setting: a pattern of the allow list, or the site URL.
    pub pattern: String,
    /// What is wrong with it.
    pub reason: &'static str,
}

impl RedirectPolicy {
    /// Compiles the allow list.
    ///
    /// A pattern is a glob over the whole URL without its fragment: `*` any characters but `.` and
    /// `/`, `**` any characters, `?` one character but these, `[a-z]` one of a set, `[!a-z]` one
    /// outside of it (and not `.` or `/`), `{a,b}` alternatives, `\` takes the next one literally.
    pub fn new(site: &SiteSettings) -> Result<Self, BadPattern> {
        let bad = |pattern: &str, reason| BadPattern {
            pattern: pattern.to_owned(),
            reason,
        };
        if Target::parse(&site.site_url).is_none() {
            return Err(bad(
                &site.site_url,
                "the site URL is not a plain absolute URL",
            ));
        }
        let patterns = site
            .redirect_allow_list
            .iter()
            .map(|pattern| pattern.trim())
            .filter(|pattern| !pattern.is_empty())
            .map(|pattern| Glob::parse(pattern).map_err(|reason| bad(pattern, reason)))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            site_url: site.site_url.clone(),
            patterns,
        })
    }

    /// Where to send the browser: the target that was asked for, else the page it came from, else
    /// the site. What is not allowed counts as not given.
    pub fn resolve(&self, asked: Option<&str>, referer: Option<&str>) -> String {
        [asked, referer]
            .into_iter()
            .flatten()
            .find(|url| self.allows(url))
            .unwrap_or(&self.site_url)
            .to_owned()
    }

    /// Whether `url` may be redirected to.
    ///
    /// The site itself may (same scheme, host and port; on a loopback host any port, RFC 8252
    /// section 7.3), and so may every loopback address. Other addresses may not, in any of the
    /// spellings that browsers read as one. Everything else must match a pattern.
    ///
    /// URLs that could be read differently here and in a browser (control characters, backslashes,
    /// user information, non-ASCII hosts, missing or script schemes) are refused. A pattern without
    /// wildcards that is exactly the URL lifts this for all but invisible characters.
    pub fn allows(&self, url: &str) -> bool {
        if url.is_empty() || url.len() > REDIRECT_URL_BYTES_MAX || url.contains(is_invisible) {
            return false;
        }
        let (bare, _) = url.split_once('#').unwrap_or((url, ""));
        if self.patterns.iter().any(|pattern| pattern.is_exactly(bare)) {
            return true;
        }
        let Some(target) = Target::parse(url) else {
            return false;
        };
        if Target::parse(&self.site_url).is_some_and(|site| target.is_same_site(&site)) {
            return true;
        }
        match target.address() {
            Address::Loopback => true,
            Address::Elsewhere => false,
            Address::Name => self.matches_pattern(bare, &target),
        }
    }

    /// `https://evil?.example.test` has the host `evil`, as browsers see at once when they put the
    /// missing slash before the `?`; a wildcard must not take the `?` for a part of the host. So
    /// the pattern must match both spellings.
    fn matches_pattern(&self, bare: &str, target: &Target<'_>) -> bool {
        let completed = target.with_slash_before_query();
        self.patterns.iter().any(|pattern| {
            pattern.matches(bare)
                && completed
                    .as_deref()
                    .is_none_or(|completed| pattern.matches(completed))
        })
    }
}

/// Characters that a person does not see, or that a header or a URL parser drops.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || c.is_whitespace()
        || matches!(c,
            '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff0}'..='\u{ffff}')
}

#[cfg(test)]
mod tests;
