//! The link in a mail.

use crate::redirect::{escape_query, is_url_byte};
use url::Url;

/// The path of the verification endpoint.
const VERIFY_PATH: &str = "verify";

/// The URL that confirms something: `?token=<hash>&type=<type>&redirect_to=<target>` at `path`.
///
/// `path` is resolved against `external_url` as RFC 3986 says: `/auth/v1/verify` replaces the path
/// of the external URL, a complete URL replaces all of it. An empty one means `verify` below the
/// external URL. The redirect target stands as it is where that is unambiguous, and percent-encoded
/// as a whole otherwise.
pub fn confirmation_url(
    external_url: &str,
    path: &str,
    token_hash: &str,
    kind_type: &str,
    redirect_to: &str,
) -> String {
    let endpoint = endpoint(external_url, path);
    let token = escape_query(token_hash.as_bytes());
    let kind_type = escape_query(kind_type.as_bytes());
    let redirect_to = if redirect_to.bytes().all(is_unambiguous) {
        redirect_to.to_owned()
    } else {
        escape_query(redirect_to.as_bytes())
    };
    format!("{endpoint}?token={token}&type={kind_type}&redirect_to={redirect_to}")
}

/// The URL of a page of the application that gets a token: `?token=<hash>`, beside what the query
/// has already.
pub fn page_url(page: &str, token_hash: &str) -> String {
    let Ok(mut url) = Url::parse(page) else {
        return format!("{page}?token={}", escape_query(token_hash.as_bytes()));
    };
    url.query_pairs_mut().append_pair("token", token_hash);
    url.into()
}

/// The URL before its query.
fn endpoint(external_url: &str, path: &str) -> String {
    let base = external_url.trim_end_matches('/');
    if path.is_empty() {
        return format!("{base}/{VERIFY_PATH}");
    }
    let resolved = Url::parse(external_url).and_then(|base| base.join(path));
    let Ok(mut resolved) = resolved else {
        return format!("{base}/{}", path.trim_start_matches('/'));
    };
    resolved.set_query(None);
    resolved.set_fragment(None);
    resolved.into()
}

/// Whether a byte of a URL reads the same in a query before and after decoding, and ends nothing.
fn is_unambiguous(byte: u8) -> bool {
    is_url_byte(byte) && !b"&=#+%;".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_page_keeps_its_query_and_fragment() {
        for (page, expected) in [
            (
                "https://app.example.com/reset",
                "https://app.example.com/reset?token=a1",
            ),
            (
                "https://app.example.com/?a=b",
                "https://app.example.com/?a=b&token=a1",
            ),
            (
                "https://app.example.com/#/reset",
                "https://app.example.com/?token=a1#/reset",
            ),
            (
                "com.example.app://reset",
                "com.example.app://reset?token=a1",
            ),
        ] {
            assert_eq!(page_url(page, "a1"), expected);
        }
    }

    const EXTERNAL: &str = "http://auth.example.test";

    #[test]
    fn links_are_as_recorded() {
        for (redirect_to, recorded) in [
            ("http://app.example.test", "http://app.example.test"),
            (
                "http://app.example.test/from/here",
                "http://app.example.test/from/here",
            ),
            (
                "http://app.example.test/welcome?x=1",
                "http%3A%2F%2Fapp.example.test%2Fwelcome%3Fx%3D1",
            ),
            (
                "https://pr-1.preview.example.test/cb",
                "https://pr-1.preview.example.test/cb",
            ),
        ] {
            assert_eq!(
                confirmation_url(EXTERNAL, "/verify", "pkce_0a1b", "signup", redirect_to),
                format!(
                    "http://auth.example.test/verify?token=pkce_0a1b&type=signup\
                     &redirect_to={recorded}"
                )
            );
        }
    }

    #[test]
    fn paths_are_resolved_against_the_external_url() {
        for (external, path, endpoint) in [
            ("http://a.test", "", "http://a.test/verify"),
            ("http://a.test/auth/v1/", "", "http://a.test/auth/v1/verify"),
            (
                "http://a.test/auth/v1",
                "/auth/v1/verify",
                "http://a.test/auth/v1/verify",
            ),
            ("http://a.test/auth/v1", "/verify", "http://a.test/verify"),
            (
                "http://a.test",
                "https://b.test/v?x=1#y",
                "https://b.test/v",
            ),
            ("not a URL", "/verify", "not a URL/verify"),
        ] {
            let url = confirmation_url(external, path, "t", "signup", "r");
            assert_eq!(url, format!("{endpoint}?token=t&type=signup&redirect_to=r"));
        }
    }

    proptest! {
        #[test]
        fn parameters_come_back(token in ".{0,20}", redirect_to in "[ -~\u{e9}]{0,40}") {
            let url = confirmation_url(EXTERNAL, "/verify", &token, "magiclink", &redirect_to);
            let parsed = Url::parse(&url).unwrap();
            let pairs: Vec<_> = parsed.query_pairs().into_owned().collect();
            let values = [token.as_str(), "magiclink", &redirect_to];
            let expected = ["token", "type", "redirect_to"].into_iter().zip(values);
            let expected: Vec<_> = expected.map(|(k, v)| (k.to_owned(), v.to_owned())).collect();
            prop_assert_eq!(pairs, expected);
        }
    }
}
