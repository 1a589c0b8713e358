//! Tuples: what is read, printed, taken apart and refused.

use super::*;

#[test]
fn what_was_parsed_prints_as_it_was() {
    for text in [
        "user:ann",
        "user:*",
        "group:staff#member",
        "doc:a:b",
        "doc:*a",
        "user:a@b",
    ] {
        assert_eq!(Subject::parse(text).unwrap().to_string(), text);
    }
    assert_eq!(Object::parse("doc:a:b").unwrap().id(), "a:b");
    let key = TupleKey {
        subject: Subject::parse("group:staff#member").unwrap(),
        relation: "viewer".to_owned(),
        object: Object::parse("doc:1").unwrap(),
    };
    assert_eq!(key.to_string(), "doc:1#viewer@group:staff#member");
}

#[test]
fn the_kinds_of_subject_are_told_apart() {
    assert!(matches!(Subject::parse("user:*"), Ok(Subject::Wildcard(t)) if t == "user"));
    assert!(matches!(Subject::parse("g:1#m"), Ok(Subject::Userset(_, r)) if r == "m"));
    assert!(matches!(Subject::parse("user:1"), Ok(Subject::Object(_))));
}

#[test]
fn what_is_taken_apart_comes_together_again() {
    for text in ["user:ann", "user:*", "group:staff#member", "doc:a:b"] {
        let subject = Subject::parse(text).unwrap();
        let (type_name, id, relation) = subject.parts();
        let [type_name, id, relation] = [type_name, id, relation].map(str::to_owned);
        assert_eq!(Subject::from_parts(type_name, id, relation), Ok(subject));
    }
    let object = Object::parse("doc:a:b").unwrap();
    let parts = (object.type_name().to_owned(), object.id().to_owned());
    assert_eq!(Object::from_parts(parts.0, parts.1), Ok(object));
}

#[test]
fn parts_are_held_to_the_rules_of_the_whole() {
    for parts in [
        ["", "a", ""],
        ["u", "", ""],
        ["u:v", "a", ""],
        ["u", "*", "r"],
        ["u", "a#b", ""],
        ["u", "a b", ""],
        ["u", "a", "r#s"],
    ] {
        let [type_name, id, relation] = parts.map(str::to_owned);
        assert!(
            Subject::from_parts(type_name.clone(), id.clone(), relation).is_err(),
            "{parts:?}"
        );
        if parts[2].is_empty() {
            assert!(Object::from_parts(type_name, id).is_err(), "{parts:?}");
        }
    }
    assert!(Object::from_parts("u".to_owned(), "*".to_owned()).is_err());
    let object = |bytes: usize| Object::from_parts("doc".to_owned(), "a".repeat(bytes - 4));
    assert!(object(OBJECT_CHARACTERS_MAX).is_ok());
    assert!(object(OBJECT_CHARACTERS_MAX + 1).is_err());
    for relation in ["", "r"] {
        let subject = |bytes: usize| {
            let rest = "u:#r".len() - 2 * usize::from(relation.is_empty());
            let id = "a".repeat(bytes - rest);
            Subject::from_parts("u".to_owned(), id, relation.to_owned())
        };
        assert!(subject(SUBJECT_BYTES_MAX).is_ok());
        assert!(subject(SUBJECT_BYTES_MAX + 1).is_err());
    }
}

#[test]
fn malformed_texts_are_refused() {
    for text in [
        "",
        "user",
        "user:",
        ":ann",
        "user:*#member",
        "group:a#",
        "#a",
    ] {
        assert!(
            matches!(Subject::parse(text), Err(InvalidTuple::Form(_))),
            "{text}"
        );
    }
    for text in [
        "user:a b",
        "user:a\u{0}",
        "us er:a",
        "u#s:a",
        "g:a#b#c",
        "g:a#b:c",
        "u@b:c",
    ] {
        let refused = Subject::parse(text);
        assert!(
            matches!(refused, Err(InvalidTuple::Character(_))),
            "{text}: {refused:?}"
        );
    }
    for text in ["doc:*", "doc:a#b", "doc"] {
        assert!(Object::parse(text).is_err(), "{text}");
    }
}

#[test]
fn lengths_end_where_the_limits_say() {
    let object = |bytes: usize| Object::parse(&format!("doc:{}", "a".repeat(bytes - 4)));
    assert!(object(OBJECT_CHARACTERS_MAX).is_ok());
    assert_eq!(
        object(OBJECT_CHARACTERS_MAX + 1),
        Err(InvalidTuple::TooManyCharacters(OBJECT_CHARACTERS_MAX))
    );
    // What is limited is characters, except for subjects.
    let wide = |count: usize| "é".repeat(count);
    let id = wide(OBJECT_CHARACTERS_MAX - 4);
    let object = Object::parse(&format!("doc:{id}")).unwrap();
    assert_eq!(Object::from_parts("doc".to_owned(), id.clone()), Ok(object));
    assert!(Object::parse(&format!("doc:{id}é")).is_err());
    assert!(Object::from_parts("doc".to_owned(), id + "é").is_err());
    assert!(Object::parse(&format!("{}:1", wide(TYPE_CHARACTERS_MAX))).is_ok());
    assert!(check_relation(&wide(RELATION_CHARACTERS_MAX)).is_ok());
    assert!(check_relation(&wide(RELATION_CHARACTERS_MAX + 1)).is_err());
    let subject = |count: usize| Subject::parse(&format!("u:{}", wide(count)));
    assert!(subject(SUBJECT_BYTES_MAX / 2 - 1).is_ok());
    assert_eq!(
        subject(SUBJECT_BYTES_MAX / 2),
        Err(InvalidTuple::TooManyBytes(SUBJECT_BYTES_MAX))
    );
    let relation = |bytes: usize| check_relation(&"r".repeat(bytes));
    assert!(relation(RELATION_CHARACTERS_MAX).is_ok());
    assert!(relation(RELATION_CHARACTERS_MAX + 1).is_err());
}
