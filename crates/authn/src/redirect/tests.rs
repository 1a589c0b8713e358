//! What the recordings, browsers and attackers make of redirect targets.

use super::*;
use proptest::prelude::*;

fn policy(site_url: &str, allow_list: &[&str]) -> RedirectPolicy {
    RedirectPolicy::new(&SiteSettings {
        site_url: site_url.to_owned(),
        redirect_allow_list: allow_list.iter().map(|p| (*p).to_owned()).collect(),
        ..SiteSettings::default()
    })
    .unwrap()
}

fn recorded() -> RedirectPolicy {
    policy(
        "http://app.example.test",
        &[
            "http://app.example.test/**",
            "https://*.preview.example.test/cb",
            "com.example.app://callback",
        ],
    )
}

#[test]
fn recorded_targets_resolve_as_recorded() {
    let policy = recorded();
    let site = "http://app.example.test";
    for (asked, referer, resolved) in [
        (None, None, site),
        (
            Some("http://app.example.test/welcome?x=1"),
            None,
            "http://app.example.test/welcome?x=1",
        ),
        (Some("https://evil.example.net/x"), None, site),
        (
            Some("https://pr-1.preview.example.test/cb"),
            None,
            "https://pr-1.preview.example.test/cb",
        ),
        (
            None,
            Some("http://app.example.test/from/here"),
            "http://app.example.test/from/here",
        ),
        (
            Some("com.example.app://callback"),
            None,
            "com.example.app://callback",
        ),
        (
            Some("http://app.example.test/x?a=1#frag"),
            None,
            "http://app.example.test/x?a=1#frag",
        ),
        (
            Some("https://evil.example.net"),
            Some("http://app.example.test/a"),
            "http://app.example.test/a",
        ),
        (Some(""), Some(""), site),
    ] {
        assert_eq!(
            policy.resolve(asked, referer),
            resolved,
            "{asked:?} {referer:?}"
        );
    }
}

#[test]
fn only_the_same_site_is_the_same_site() {
    let policy = policy("https://app.example.test/home", &[]);
    for url in [
        "https://app.example.test",
        "https://APP.example.test/x?y#z",
        "HTTPS://app.example.test/",
    ] {
        assert!(policy.allows(url), "{url}");
    }
    for url in [
        "http://app.example.test",
        "https://app.example.test:8443/",
        "https://app.example.test.evil.example/",
        "https://xapp.example.test/",
        "https://app.example.test./",
        "https://app_example.test/",
    ] {
        assert!(!policy.allows(url), "{url}");
    }
}

#[test]
fn loopback_is_always_allowed_and_other_addresses_never() {
    let policy = policy(
        "http://localhost:3000",
        &["http://**", "https://**", "exp://**"],
    );
    for url in [
        "http://localhost:5173/x",
        "http://127.0.0.1:8080/cb",
        "http://127.8.8.8",
        "http://[::1]:3000/",
        "http://[::ffff:127.0.0.1]/",
        "https://any.example.test/",
    ] {
        assert!(policy.allows(url), "{url}");
    }
    for url in [
        "http://192.0.2.1/",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://0177.0.0.1/",
        "http://127.1/",
        "http://1.1/",
        "http://192.0.2.0x1/",
        "http://[2001:db8::1]/",
        "http://[::1%25eth0]/",
        "exp://192.168.1.3:19000/--/cb",
        "http://127.0.0.1.",
    ] {
        assert!(!policy.allows(url), "{url}");
    }
}

#[test]
fn what_browsers_could_read_differently_is_refused() {
    let policy = policy("http://app.example.test", &["**"]);
    assert!(policy.allows("https://other.example.test/"));
    for url in [
        "http://app.example.test@evil.example",
        "http://app.example.test:80@evil.example/",
        "http://app.example.test\\@evil.example",
        "http:\\\\evil.example",
        "https:/evil.example",
        "https:evil.example",
        "https:///evil.example",
        "//evil.example",
        "/\\evil.example",
        "/path",
        "evil.example",
        "javascript:alert(1)",
        "JavaScript://app.example.test/%0aalert(1)",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc/passwd",
        " http://app.example.test",
        "\thttp://app.example.test",
        "java\tscript:x",
        "http://app.example.test\r\nSet-Cookie: a=b",
        "http://app.example.test/\u{0}",
        "http://app.example.test/\u{202e}",
        "http://app.example.test/\u{200b}",
        "http://app\u{3002}example.test",
        "http://app.example.test\u{ff0f}.evil.example",
        "http://app%2eexample.test/",
        "http://app.example.test:port/",
        "http://app.example.test:123456/",
        "http://",
        "http://?x",
        ":",
        "1http://x",
    ] {
        assert!(!policy.allows(url), "{url:?}");
    }
    assert!(!policy.allows(&format!("http://app.example.test/{}", "a".repeat(9_000))));
}

#[test]
fn a_literal_pattern_lifts_all_refusals_but_invisible_characters() {
    let odd = [
        "http://user@b\u{fc}cher.example/\u{e9}",
        "javascript:void",
        "/relative",
    ];
    let policy = policy("http://app.example.test", &odd);
    for url in odd {
        assert!(policy.allows(url), "{url}");
    }
    assert!(!policy.allows("http://user@b\u{fc}cher.example/\u{e9}x"));
    let split = self::policy("http://app.example.test", &["http://a.example/\r\nx"]);
    assert!(!split.allows("http://a.example/\r\nx"));
}

#[test]
fn a_wildcard_does_not_reach_across_the_end_of_the_host() {
    let policy = policy("http://app.example.test", &["https://*.*.example.test/cb"]);
    assert!(policy.allows("https://a.b.example.test/cb"));
    assert!(!policy.allows("https://evil.com?.example.test/cb"));
    assert!(!policy.allows("https://evil.com/.x.example.test/cb"));
    assert!(!policy.allows("https://evil.com#.x.example.test/cb"));
}

#[test]
fn custom_schemes_match_patterns_as_they_are() {
    let policy = policy(
        "http://app.example.test",
        &["com.my_app.example://callback", "myapp://**", "other:*"],
    );
    for url in [
        "com.my_app.example://callback#x",
        "myapp://",
        "myapp://a/b?c",
        "other:cb",
    ] {
        assert!(policy.allows(url), "{url}");
    }
    for url in ["com.my_app.example://callback/x", "myapp:x", "other:a/b"] {
        assert!(!policy.allows(url), "{url}");
    }
}

#[test]
fn broken_settings_are_named() {
    let bad = |site_url: &str, pattern: &str| {
        RedirectPolicy::new(&SiteSettings {
            site_url: site_url.to_owned(),
            redirect_allow_list: vec![pattern.to_owned()],
            ..SiteSettings::default()
        })
        .unwrap_err()
    };
    let site = "http://app.example.test";
    for (pattern, reason) in [
        ("a[b", "a `[` is not closed"),
        ("a{b", "a `{` is not closed"),
        ("a[]", "a `[]` is empty"),
        ("[z-a]", "a range in `[]` is upside down"),
        ("a\\", "nothing follows the last `\\`"),
        (&"{".repeat(99), "braces are nested too deeply"),
        (&"a".repeat(9_999), "the pattern is too long"),
    ] {
        let error = bad(site, pattern);
        assert_eq!((error.pattern.as_str(), error.reason), (pattern, reason));
    }
    assert_eq!(bad("app.example.test", "").pattern, "app.example.test");
    assert_eq!(bad("javascript:x", "").pattern, "javascript:x");
}

proptest! {
    #[test]
    fn anything_is_allowed_or_refused(
        url in "[a-z:/?#@\\\\.%\\[\\] \t*]{0,60}",
        other in ".{0,60}",
    ) {
        let policy = recorded();
        for url in [&url, &other] {
            let resolved = policy.resolve(Some(url), None);
            let location = with_fragment(&with_query(&resolved, &[("k", &other)]), &[("f", url)]);
            prop_assert!(location.bytes().all(|byte| byte.is_ascii_graphic()));
        }
    }
}
