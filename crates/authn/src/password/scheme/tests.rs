//! Hashes of real systems, and all that must not be mistaken for one.

use super::*;

const ARGON2ID: &str = "\
    $argon2id$v=19$m=19456,t=3,p=2$Z29sZGVuLXNhbHQtMDAwMQ$i4vKBdtTSmEKVqit1oexIF+2\
    bf2PYq+3ZHe4s9yApnI";
const FBSCRYPT: &str = "\
    $fbscrypt$v=1,n=14,r=8,p=1,ss=G/A=,sk=ekXvCElKIXMJHXAZvQp4bNPWwk9+D6qzBZB0EJhA\
    utjbfFv7hTckg11F1jvJFDqZPZBwRO4jbsYP319wkIVAKA==$ZmItc2FsdC0wMDAx$0Tm68A9J60Ol\
    FnWriDjZoi4JYNHZi4ScgcntCNxA38WaPTZ4QNx/vgLdCkE9XBcB9pXJ1ffeyq9/j+Eql+JJtw==";
const BCRYPT: &str = "$2a$10$X2oWPETyO2Bc6KW1foLWkuhxRforZWhFzgdn3yQwAL9LflsdM0LSe";

fn matches(hash: &str, password: &str) -> bool {
    let stored = StoredHash::parse(hash).unwrap();
    let mut memory = Memory::default();
    stored.matches(password.as_bytes(), &mut memory).unwrap()
}

#[test]
fn hashes_that_supabase_auth_stored_match_their_passwords_only() {
    for (hash, password) in [
        (BCRYPT, "correct-horse-01"),
        (ARGON2ID, "argon-password-1"),
        (FBSCRYPT, "firebase-password-1"),
        (
            "$argon2id$v=19$m=19456,t=3,p=2$Z29sZGVuLXNhbHQtMDAwMQ$ai7WGwi/g+gv73G+27RhR8R5\
    g1wtEbFTY6eAb2UEVFg",
            "correct-horse-1",
        ),
        (
            "$fbscrypt$v=1,n=14,r=8,p=1,ss=G/A=,sk=ekXvCElKIXMJHXAZvQp4bNPWwk9+D6qzBZB0EJhA\
    utjbfFv7hTckg11F1jvJFDqZPZBwRO4jbsYP319wkIVAKA==$ZmItc2FsdC0wMDAx$L/1MVFKikpar\
    71WWhWtVJESesFNSc1MmYGkQwcbic232wid5Gm5zBHjMvTrgnGbZesVpoUpW2tAhZyrTUZ8UJg==",
            "correct-horse-1",
        ),
    ] {
        assert!(matches(hash, password), "{hash}");
        assert!(!matches(hash, "bad-password"), "{hash}");
        assert!(!matches(hash, ""), "{hash}");
    }
}

#[test]
fn argon2_agrees_with_another_implementation() {
    for hash in [
        "$argon2i$v=19$m=256,t=3,p=2$c2FsdC1vZi0xNi1ieXRlcw$28t6mR3uSqOatpVk2zslBdUGL3fw4o6F",
        "$argon2i$v=19$m=64,t=1,p=1$c2FsdC1vZi0xNi1ieXRlcw$zudC0uIRBJPLXV12bmB2I5huyxrp\
    Yawn7lNUWbE8Tk0",
        "$argon2id$v=19$m=256,t=3,p=2$c2FsdC1vZi0xNi1ieXRlcw$qyjxwz28SMWxcnCKPVGbe3ecDOehxG9t",
        "$argon2id$v=19$m=64,t=1,p=1$c2FsdC1vZi0xNi1ieXRlcw$/HCeqeEzYC6lqQXWyNg9n3xnW3S\
    gClIqF52rDFOSQ70",
    ] {
        assert!(matches(hash, "correct-horse-1"), "{hash}");
        assert!(!matches(hash, "correct-horse-2"), "{hash}");
    }
}

/// A cheap bcrypt hash of any password, truncated as bcrypt does.
fn bcrypt4(password: &[u8]) -> String {
    let parts = bcrypt::hash_with_salt(password, 4, *b"sixteen byte key").unwrap();
    parts.format_for_version(bcrypt::Version::TwoA)
}

#[test]
fn bcrypt_never_truncates_and_takes_no_nul() {
    let (longest, longer) = ("a".repeat(72), "a".repeat(73));
    let stored = bcrypt4(longest.as_bytes());
    assert!(matches(&stored, &longest));
    assert!(bcrypt::verify(&longer, &stored).unwrap(), "the trap");
    assert!(!matches(&stored, &longer));

    let stored = bcrypt4(b"a");
    assert!(matches(&stored, "a"));
    assert!(bcrypt::verify("a\0a", &stored).unwrap(), "the trap");
    assert!(!matches(&stored, "a\0a"));
    assert!(!matches(&bcrypt4(b""), "\0"));
    assert!(!matches(&bcrypt4(b""), &longer));
}

#[test]
fn bcrypt_hashes_differ_in_the_letter_only() {
    for letter in ["$2a$", "$2b$", "$2y$"] {
        let stored = bcrypt4(b"secret").replacen("$2a$", letter, 1);
        assert!(matches(&stored, "secret"), "{letter}");
    }
    // The salt's 22nd character holds four bits that belong to nothing.
    let stored = "$2a$10$1TMly.7TRYvRFDJDkLX.p.0z25naAxJrWEBf8RrHpMZsErsC7291m";
    assert!(matches(stored, "recovery-pw-1"));
    assert!(matches(
        &stored.replacen(".p.0", ".p/0", 1),
        "recovery-pw-1"
    ));
}

#[test]
fn new_hashes_are_what_supabase_auth_can_verify() {
    let mut memory = Memory::default();
    let hash = hash_new(b"correct-horse-1", b"0123456789abcdef", &mut memory).unwrap();
    let start = "$argon2id$v=19$m=19456,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$";
    assert!(hash.starts_with(start), "{hash}");
    assert_eq!(hash.len(), start.len() + 43);
    assert!(matches(&hash, "correct-horse-1"));
    let (StoredHash::Argon2(new), Some(StoredHash::Argon2(nobody))) =
        (StoredHash::parse(&hash).unwrap(), StoredHash::nobody())
    else {
        panic!("both are Argon2");
    };
    assert_eq!(new.parameters, nobody.parameters);
    assert_eq!(new.algorithm, nobody.algorithm);
    assert_eq!(new.hash.len(), nobody.hash.len());
}

#[test]
fn only_argon2id_of_current_strength_is_kept() {
    let argon2 = |head: &str| format!("{head}$c2FsdC1vZi0xNi1ieXRlcw$c2FsdC1vZi0xNi1ieXRlcw");
    for (hash, outdated) in [
        (ARGON2ID.to_owned(), false),
        (argon2("$argon2id$v=19$m=19456,t=2,p=1"), false),
        (argon2("$argon2id$v=19$m=65536,t=2,p=4"), false),
        (argon2("$argon2id$v=19$m=19455,t=9,p=1"), true),
        (argon2("$argon2id$v=19$m=65536,t=1,p=1"), true),
        (argon2("$argon2i$v=19$m=65536,t=4,p=1"), true),
        (BCRYPT.to_owned(), true),
        (FBSCRYPT.to_owned(), true),
    ] {
        let stored = StoredHash::parse(&hash).unwrap();
        assert_eq!(stored.is_outdated(), outdated, "{hash}");
    }
}

#[test]
fn costs_are_accepted_up_to_their_limits() {
    let argon2 = |head: &str| format!("{head}$c2FsdC1vZi0xNi1ieXRlcw$c2FsdC1vZi0xNi1ieXRlcw");
    let firebase = |head: &str| format!("$fbscrypt$v=1,{head},ss=Bw==,sk=aaaa$aaaa$aaaa");
    let bcrypt = |cost: u32| BCRYPT.replacen("10", &format!("{cost:02}"), 1);
    for (hash, weight) in [
        (argon2("$argon2id$v=19$m=65536,t=16,p=16"), Weight::Ordinary),
        (argon2("$argon2id$v=19$m=262144,t=4,p=1"), Weight::Heavy),
        (argon2("$argon2i$v=19$m=8,t=20,p=1"), Weight::Ordinary),
        (firebase("n=14,r=8,p=1"), Weight::Ordinary),
        (firebase("n=17,r=8,p=1"), Weight::Heavy),
        (bcrypt(4), Weight::Ordinary),
        (bcrypt(14), Weight::Ordinary),
    ] {
        assert_eq!(StoredHash::parse(&hash).unwrap().weight(), weight, "{hash}");
    }
    for hash in [
        argon2("$argon2id$v=19$m=262145,t=1,p=1"),
        argon2("$argon2id$v=19$m=262144,t=5,p=1"),
        argon2("$argon2id$v=19$m=4294967295,t=4294967295,p=1"),
        argon2("$argon2id$v=19$m=1024,t=21,p=1"),
        argon2("$argon2id$v=19$m=1024,t=1,p=17"),
        firebase("n=18,r=8,p=1"),
        firebase("n=14,r=65,p=1"),
        firebase("n=14,r=8,p=9"),
        firebase("n=63,r=4294967295,p=4294967295"),
        firebase("n=64,r=1,p=1"),
        firebase("n=4294967295,r=1,p=1"),
        bcrypt(15),
        bcrypt(31),
    ] {
        let refused = StoredHash::parse(&hash).unwrap_err();
        assert!(matches!(refused, UnsupportedHash::TooCostly(_)), "{hash}");
    }
}

#[test]
fn what_is_no_supported_hash_is_refused_by_name() {
    use UnsupportedHash::{Malformed, TooLong, UnknownScheme, Variant};
    let tail = "$c2FsdC1vZi0xNi1ieXRlcw$c2FsdC1vZi0xNi1ieXRlcw";
    let argon2 = |head: &str| format!("$argon2{head}{tail}");
    for (hash, reason) in [
        (String::new(), UnknownScheme),
        ("5f4dcc3b5aa765d61d8327deb882cf99".to_owned(), UnknownScheme),
        ("$6$rounds=5000$salt$hash".to_owned(), UnknownScheme),
        (format!("{BCRYPT}{}", " ".repeat(200)), TooLong),
        (argon2("d$v=19$m=1024,t=1,p=1"), Variant("argon2")),
        (argon2("id$v=16$m=1024,t=1,p=1"), Variant("argon2")),
        (argon2("id$m=1024,t=1,p=1"), Malformed("argon2")),
        (argon2("id$v=19$m=1024,t=1,p=1,keyid=a"), Variant("argon2")),
        (argon2("id$v=19$m=1024,t=1,p=1,data=a"), Variant("argon2")),
        (argon2("id$v=19$m=1024,p=1,t=1"), Malformed("argon2")),
        (argon2("id$v=19$m=01024,t=1,p=1"), Malformed("argon2")),
        (argon2("id$v=19$m=+1024,t=1,p=1"), Malformed("argon2")),
        (argon2("id$v=19$m=1024,t=0,p=1"), Malformed("argon2")),
        (argon2("id$v=19$m=1024,t=1,p=0"), Malformed("argon2")),
        (argon2("id$v=19$m=7,t=1,p=1"), Malformed("argon2")),
        (argon2("id$v=19$m=99999999999,t=1,p=1"), Malformed("argon2")),
        (argon2("id$v=19$m=1024,t=1,p=1$more"), Malformed("argon2")),
        (argon2("id$v=19$m=1024,t=1,p=1") + "==", Malformed("argon2")),
        (
            "$argon2id$v=19$m=1024,t=1,p=1$$".to_owned(),
            Malformed("argon2"),
        ),
        (
            "$argon2id$v=19$m=1024,t=1,p=1$c2FsdHNhbHQ$aaaa".to_owned(),
            Malformed("argon2"),
        ),
        ("$argon2id".to_owned(), Malformed("argon2")),
        (BCRYPT.replacen("$2a", "$2x", 1), Variant("bcrypt")),
        (BCRYPT.replacen("$2a", "$2", 1), Variant("bcrypt")),
        (BCRYPT.replacen("10", "03", 1), Malformed("bcrypt")),
        (BCRYPT.replacen("10", "+9", 1), Malformed("bcrypt")),
        (BCRYPT.replacen("10", "9", 1), Malformed("bcrypt")),
        (format!("{BCRYPT}a"), Malformed("bcrypt")),
        (BCRYPT.replacen("X2o", "X2\u{e9}", 1), Malformed("bcrypt")),
        ("$2a$10$short".to_owned(), Malformed("bcrypt")),
    ] {
        assert_eq!(StoredHash::parse(&hash).unwrap_err(), reason, "{hash}");
    }
}

#[test]
fn firebase_hashes_are_complete_or_refused() {
    let malformed = UnsupportedHash::Malformed("fbscrypt");
    for (fields, reason) in [
        (
            "v=2,n=1,r=1,p=1,ss=,sk=aaaa",
            UnsupportedHash::Variant("fbscrypt"),
        ),
        ("v=1,n=0,r=1,p=1,ss=,sk=aaaa", malformed),
        ("v=1,n=1,r=0,p=1,ss=,sk=aaaa", malformed),
        ("v=1,n=1,r=1,p=0,ss=,sk=aaaa", malformed),
        ("v=1,n=1,r=1,p=1,ss=,sk=", malformed),
        ("v=1,n=1,r=1,p=1", malformed),
        ("v=1,n=1,r=1,p=1,ss=,sk=aaaaaaaa", malformed),
        ("v=1,n=1,r=1,p=1,ss=,sk=aaaa,x=y", malformed),
        ("v=1,n=1,r=1,p=1,ss=?,sk=aaaa", malformed),
    ] {
        let hash = format!("$fbscrypt${fields}$aaaa$aaaa");
        assert_eq!(StoredHash::parse(&hash).unwrap_err(), reason, "{hash}");
    }
    let separator_left_out = "$fbscrypt$v=1,n=1,r=1,p=1,sk=aaaa$aaaa$aaaa";
    assert!(StoredHash::parse(separator_left_out).is_ok());
}
