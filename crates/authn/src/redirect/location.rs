//! Results in a URL: query and fragment, spelled as the original server spells them.

use std::fmt::Write;

/// `url` with its fragment replaced by `params`, sorted by name. Without parameters it has none.
pub fn with_fragment(url: &str, params: &[(&str, &str)]) -> String {
    replace_fragment(url, &encode(as_pairs(params)))
}

/// Like [`with_fragment`], with every `%` of the result escaped once more: this is how the original
/// server spells the fragment of an error (not of a success).
pub fn with_error_fragment(url: &str, params: &[(&str, &str)]) -> String {
    replace_fragment(url, &encode(as_pairs(params)).replace('%', "%25"))
}

/// `url` with `params` set in its query, which is then sorted by name. What was there under other
/// names stays, except for pairs that cannot be decoded; the fragment stays.
pub fn with_query(url: &str, params: &[(&str, &str)]) -> String {
    let (base, fragment) = split_at_char(url, '#');
    let (base, query) = split_at_char(base, '?');
    let is_replaced = |name: &[u8]| params.iter().any(|(new, _)| new.as_bytes() == name);
    let mut pairs: Vec<(Vec<u8>, Vec<u8>)> = query
        .split('&')
        .filter_map(decode_pair)
        .filter(|(name, _)| !is_replaced(name))
        .collect();
    pairs.extend(as_pairs(params));
    let query = encode(pairs);
    let mut url = header_safe(base);
    if !query.is_empty() {
        url.push('?');
        url.push_str(&query);
    }
    if !fragment.is_empty() {
        url.push('#');
        url.push_str(&header_safe(fragment));
    }
    url
}

/// `text` for one side of `name=value`: unreserved characters (RFC 3986) stay, a blank becomes `+`,
/// every other byte is percent-encoded.
pub(crate) fn escape_query(text: &[u8]) -> String {
    let mut escaped = String::with_capacity(text.len() + 16);
    for byte in text {
        match byte {
            b'-' | b'.' | b'_' | b'~' => escaped.push(char::from(*byte)),
            byte if byte.is_ascii_alphanumeric() => escaped.push(char::from(*byte)),
            b' ' => escaped.push('+'),
            // Writing to a string cannot fail.
            byte => drop(write!(escaped, "%{byte:02X}")),
        }
    }
    escaped
}

/// Whether a byte may stand in a URL as it is (RFC 3986), `%` included.
pub(crate) const fn is_url_byte(byte: u8) -> bool {
    byte.is_ascii_graphic()
        && !matches!(
            byte,
            b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}'
        )
}

fn replace_fragment(url: &str, fragment: &str) -> String {
    let mut url = header_safe(split_at_char(url, '#').0);
    if !fragment.is_empty() {
        url.push('#');
        url.push_str(fragment);
    }
    url
}

/// The text before and after the first `separator`; nothing after it when there is none.
fn split_at_char(text: &str, separator: char) -> (&str, &str) {
    text.split_once(separator).unwrap_or((text, ""))
}

/// Percent-encodes what may not stand in a URL, so that a `Location` header stays one line of
/// ASCII whatever its origin.
fn header_safe(url: &str) -> String {
    let mut safe = String::with_capacity(url.len());
    for byte in url.bytes() {
        if is_url_byte(byte) {
            safe.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(safe, "%{byte:02X}");
        }
    }
    safe
}

fn as_pairs(params: &[(&str, &str)]) -> Vec<(Vec<u8>, Vec<u8>)> {
    params
        .iter()
        .map(|(name, value)| (name.as_bytes().to_vec(), value.as_bytes().to_vec()))
        .collect()
}

/// Sorts by name, keeping the order of equal names.
fn encode(mut pairs: Vec<(Vec<u8>, Vec<u8>)>) -> String {
    pairs.sort_by(|left, right| left.0.cmp(&right.0));
    let pair = |(name, value): &(Vec<u8>, Vec<u8>)| {
        format!("{}={}", escape_query(name), escape_query(value))
    };
    pairs.iter().map(pair).collect::<Vec<_>>().join("&")
}

/// `None` for nothing, for a pair with a semicolon and for broken percent-encoding.
fn decode_pair(pair: &str) -> Option<(Vec<u8>, Vec<u8>)> {
    if pair.is_empty() || pair.contains(';') {
        return None;
    }
    let (name, value) = split_at_char(pair, '=');
    Some((unescape_query(name)?, unescape_query(value)?))
}

fn unescape_query(text: &str) -> Option<Vec<u8>> {
    let mut bytes = text.bytes();
    let mut decoded = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || char::from(bytes.next()?).to_digit(16);
                u8::try_from(digit()? * 16 + digit()?).ok()?
            }
            byte => byte,
        });
    }
    Some(decoded)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn locations_are_as_recorded() {
        let session = [
            ("token_type", "bearer"),
            ("access_token", "a.b-c_d"),
            ("type", "signup"),
            ("sb", ""),
            ("expires_in", "3600"),
        ];
        assert_eq!(
            with_fragment("http://app.example.test/gl", &session),
            "http://app.example.test/gl#access_token=a.b-c_d&expires_in=3600&sb=\
             &token_type=bearer&type=signup"
        );
        let error = [
            ("error", "access_denied"),
            ("error_code", "otp_expired"),
            ("error_description", "Email link is invalid or has expired"),
        ];
        let marked = [&error[..], &[("sb", "")]].concat();
        let fragment = "error=access_denied&error_code=otp_expired\
                        &error_description=Email+link+is+invalid+or+has+expired";
        assert_eq!(
            with_fragment("http://app.example.test/x?a=1#frag", &marked),
            format!("http://app.example.test/x?a=1#{fragment}&sb=")
        );
        assert_eq!(
            with_fragment("com.example.app://callback", &marked),
            format!("com.example.app://callback#{fragment}&sb=")
        );
        assert_eq!(
            with_fragment(
                &with_query("http://app.example.test/cb?x=1", &error),
                &marked
            ),
            format!("http://app.example.test/cb?{fragment}&x=1#{fragment}&sb=")
        );
        assert_eq!(
            with_query("http://app.example.test", &[("code", "c0de")]),
            "http://app.example.test?code=c0de"
        );
        assert_eq!(
            with_fragment("http://app.example.test#x", &[]),
            "http://app.example.test"
        );
    }

    #[test]
    fn the_fragment_of_an_error_is_escaped_twice_as_recorded() {
        let error = [
            (
                "error_description",
                "Unable to exchange external code: bad-",
            ),
            ("sb", ""),
        ];
        assert_eq!(
            with_error_fragment("http://app.example.test", &error),
            "http://app.example.test#error_description=\
             Unable+to+exchange+external+code%253A+bad-&sb="
        );
        assert_eq!(
            with_query("http://app.example.test", &error[..1]),
            "http://app.example.test?error_description=Unable+to+exchange+external+code%3A+bad-"
        );
    }

    #[test]
    fn queries_are_merged() {
        for (url, params, merged) in [
            (
                "http://a/?b=1&a=2&b=0",
                &[("c", "3")][..],
                "http://a/?a=2&b=1&b=0&c=3",
            ),
            (
                "http://a/?code=old&x",
                &[("code", "new")],
                "http://a/?code=new&x=",
            ),
            (
                "http://a/?q=%2B+%20&bad=%zz&se;mi=1&&#f",
                &[("z", "&=+ /")],
                "http://a/?q=%2B++&z=%26%3D%2B+%2F#f",
            ),
            ("http://a/?", &[], "http://a/"),
            ("http://a/?x=%ff%C3%A9", &[], "http://a/?x=%FF%C3%A9"),
        ] {
            assert_eq!(with_query(url, params), merged);
        }
    }

    #[test]
    fn a_location_is_one_line_of_ascii() {
        let url = with_fragment(
            "http://a/\u{e9} \"<>\\^`{|}\r\n\u{1f511}",
            &[("k", "\r\n\u{e9}")],
        );
        assert_eq!(
            url,
            "http://a/%C3%A9%20%22%3C%3E%5C%5E%60%7B%7C%7D%0D%0A%F0%9F%94%91#k=%0D%0A%C3%A9"
        );
    }

    proptest! {
        #[test]
        fn parameters_come_back(name in "[a-z]{1,8}", value in ".{0,20}") {
            let url = with_query("http://a/", &[(&name, &value)]);
            let parsed = url::Url::parse(&url).unwrap();
            let pairs: Vec<_> = parsed.query_pairs().into_owned().collect();
            prop_assert_eq!(pairs, vec![(name, value)]);
        }
    }
}
