//! The texts of tuples, against their grammar written as patterns.

use crate::amount::cases;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use regex::Regex;
use std::sync::LazyLock;
use types::tuple::{
    OBJECT_CHARACTERS_MAX, RELATION_CHARACTERS_MAX, SUBJECT_BYTES_MAX, TYPE_CHARACTERS_MAX,
    check_relation,
};
use types::{InvalidTuple, Object, Subject, TupleKey};

/// Pieces of which most texts are nearly right.
const PIECES: &[&str] = &[
    "user", "doc", "a", "b1", ":", ":", ":", "#", "#member", "*", "@", " ", "\t", "\n", "\u{0}",
    "\u{7f}", "\u{85}", "\u{a0}", "\u{200b}", "\u{2028}", "\u{3000}", "\u{feff}", "é", "日", "😀",
    "/", "|", "\\", "\"", "..", "-", "%00",
];

/// `s` is white space and `p{Cc}` control characters, as the standard library has them.
static OBJECT: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?<type>N+):(?<id>I+)"));
static USERSET: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?<type>N+):(?<id>I+)#(?<relation>N+)"));
static WILDCARD: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?<type>N+):\*"));
static NAME: LazyLock<Regex> = LazyLock::new(|| pattern("N+"));

fn pattern(text: &str) -> Regex {
    let text = text
        .replace('N', r"[^:#@\s\p{Cc}]")
        .replace('I', r"[^#\s\p{Cc}]");
    Regex::new(&format!(r"\A{text}\z")).expect("a pattern")
}

/// The parts of a text that a pattern takes, if they are not too long and the id is not `*`.
fn parts<'t>(pattern: &Regex, text: &'t str) -> Option<(&'t str, Option<&'t str>)> {
    let found = pattern.captures(text)?;
    let part = |name| found.name(name).map(|part| part.as_str());
    let type_name = part("type")?;
    let is_fine = type_name.chars().count() <= TYPE_CHARACTERS_MAX
        && part("id") != Some("*")
        && part("relation")
            .is_none_or(|relation| relation.chars().count() <= RELATION_CHARACTERS_MAX);
    is_fine.then_some((type_name, part("relation")))
}

/// Reads a text as each part of a tuple.
fn read_as_anything(text: &str) -> Result<(), TestCaseError> {
    let object = Object::parse(text);
    let is_object = text.chars().count() <= OBJECT_CHARACTERS_MAX && parts(&OBJECT, text).is_some();
    prop_assert_eq!(object.is_ok(), is_object, "{:?}: {:?}", text, object);
    if let Ok(object) = &object {
        prop_assert_eq!(object.to_string(), text);
        // Objects are limited by characters, subjects by bytes.
        if text.len() <= SUBJECT_BYTES_MAX {
            prop_assert_eq!(Subject::parse(text), Ok(Subject::Object(object.clone())));
        }
    }
    let subject = Subject::parse(text);
    let found = [&*WILDCARD, &*OBJECT, &*USERSET].map(|pattern| parts(pattern, text));
    let fits = found
        .iter()
        .flatten()
        .next()
        .filter(|_| text.len() <= SUBJECT_BYTES_MAX);
    prop_assert_eq!(subject.is_ok(), fits.is_some(), "{:?}: {:?}", text, subject);
    if let (Ok(subject), Some((type_name, relation))) = (&subject, fits) {
        prop_assert_eq!(subject.to_string(), text);
        prop_assert_eq!(subject.type_name(), *type_name);
        let said = match subject {
            Subject::Userset(_, relation) => Some(relation.as_str()),
            _ => None,
        };
        prop_assert_eq!(said, *relation);
        prop_assert_eq!(matches!(subject, Subject::Wildcard(_)), found[0].is_some());
    }
    let is_relation = text.chars().count() <= RELATION_CHARACTERS_MAX && NAME.is_match(text);
    prop_assert_eq!(check_relation(text).is_ok(), is_relation, "{:?}", text);
    for refused in [object.err(), subject.err(), check_relation(text).err()] {
        if let Some(InvalidTuple::Character(found)) = refused {
            prop_assert!(text.contains(found), "{text:?} has no {found:?}");
        }
    }
    Ok(())
}

/// Lengths around the limits, in bytes and in characters.
fn long() -> impl Strategy<Value = String> {
    let length = prop_oneof![0_usize..5, 45_usize..55, 248_usize..262, 500_usize..516];
    let piece = select(&["a", "é", "日"][..]);
    let filled = (length, piece, any::<bool>()).prop_map(|(length, piece, in_bytes)| {
        if !in_bytes {
            return piece.repeat(length);
        }
        let mut text = piece.repeat(length / piece.len());
        text.push_str(&"b".repeat(length % piece.len()));
        text
    });
    let ends = select(&["", "#member", "#", "*"][..]);
    (filled.clone(), filled, ends).prop_map(|(one, other, end)| format!("{one}:{other}{end}"))
}

proptest! {
    #![proptest_config(cases(10_000))]

    #[test]
    fn any_bytes_are_a_part_of_a_tuple_or_refused(bytes in vec(any::<u8>(), 0..40)) {
        read_as_anything(&String::from_utf8_lossy(&bytes))?;
    }

    #[test]
    fn any_pieces_are_a_part_of_a_tuple_or_refused(pieces in vec(select(PIECES), 0..7)) {
        read_as_anything(&pieces.concat())?;
    }

    #[test]
    fn any_length_is_a_part_of_a_tuple_or_refused(text in long()) {
        read_as_anything(&text)?;
    }

    /// What is written of a tuple can be taken apart in one way only.
    #[test]
    fn a_tuple_is_read_back_from_its_text(
        object in vec(select(PIECES), 1..5),
        relation in vec(select(PIECES), 1..3),
        subject in vec(select(PIECES), 1..6),
    ) {
        let relation = relation.concat();
        let object = Object::parse(&format!("doc:{}", object.concat()));
        let subject = Subject::parse(&format!("user:{}", subject.concat()));
        let (Ok(object), Ok(subject), Ok(())) = (object, subject, check_relation(&relation)) else {
            return Ok(());
        };
        let key = TupleKey { subject, relation, object };
        let text = key.to_string();
        let (object, rest) = text.split_once('#').expect("the first ends the object");
        let (relation, subject) = rest.split_once('@').expect("the first ends the relation");
        prop_assert_eq!(Object::parse(object), Ok(key.object.clone()));
        prop_assert_eq!(relation, &key.relation);
        prop_assert_eq!(Subject::parse(subject), Ok(key.subject.clone()));
    }
}
