//! The patterns of OpenFGA's fields, each with the text in which it is told to clients.

/// What a text must look like.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pattern {
    /// The regular expression that says the same, for people.
    text: &'static str,
    holds: fn(&str) -> bool,
}

/// The id of a store or a model.
pub(super) const ID: Pattern = Pattern {
    text: r"^[ABCDEFGHJKMNPQRSTVWXYZ0-9]{26}$",
    holds: |text| {
        let is_allowed = |byte: u8| {
            byte.is_ascii_digit() || byte.is_ascii_uppercase() && !b"ILOU".contains(&byte)
        };
        text.len() == 26 && text.bytes().all(is_allowed)
    },
};
/// The name of a store.
pub(super) const STORE_NAME: Pattern = Pattern {
    text: r"^[a-zA-Z0-9\s\.\-\/^_&@]{3,64}$",
    holds: |text| {
        let is_allowed =
            |c: char| c.is_ascii_alphanumeric() || is_blank(c) || ".-/^_&@".contains(c);
        counts(text, 3, 64) && text.chars().all(is_allowed)
    },
};
/// The name of a type.
pub(super) const TYPE: Pattern = Pattern {
    text: r"^[^:#@\s]{1,254}$",
    holds: |text| counts(text, 1, 254) && !text.contains([':', '#', '@']) && has_no_blank(text),
};
/// The type that changes are asked of.
pub(super) const CHANGED_TYPE: Pattern = Pattern {
    text: r"^[^:#\s]{1,254}$",
    holds: |text| counts(text, 1, 254) && !text.contains([':', '#']) && has_no_blank(text),
};
/// The name of a relation or of a condition.
pub(super) const RELATION: Pattern = Pattern {
    text: r"^[^:#@\s]{1,50}$",
    holds: |text| counts(text, 1, 50) && !text.contains([':', '#', '@']) && has_no_blank(text),
};
/// An object: type and id.
pub(super) const OBJECT: Pattern = Pattern {
    text: r"^[^\s]{2,256}$",
    holds: |text| counts(text, 2, 256) && has_no_blank(text),
};
/// An object's id.
pub(super) const OBJECT_ID: Pattern = Pattern {
    text: r"[^#:\s]+$",
    holds: |text| {
        text.chars()
            .next_back()
            .is_some_and(|c| c != '#' && c != ':' && !is_blank(c))
    },
};
/// The user of a question.
pub(super) const USER: Pattern = Pattern {
    text: r"^[^\s]{2,512}$",
    holds: |text| counts(text, 2, 512) && has_no_blank(text),
};
/// The id of a question among many.
pub(super) const CORRELATION_ID: Pattern = Pattern {
    text: r"^[\w\d-]{1,36}$",
    holds: |text| {
        let is_allowed = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        counts(text, 1, 36) && text.chars().all(is_allowed)
    },
};

impl Pattern {
    /// Whether the text looks so.
    pub(super) fn holds(self, text: &str) -> bool {
        (self.holds)(text)
    }

    /// What is told about a text that does not.
    pub(super) fn reason(self) -> String {
        format!("value does not match regex pattern {:?}", self.text)
    }
}

/// White space as `\s` has it in the expressions of Go.
const fn is_blank(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\u{c}' | '\r' | ' ')
}

fn has_no_blank(text: &str) -> bool {
    !text.contains(is_blank)
}

fn counts(text: &str, least: usize, most: usize) -> bool {
    // Every character has a byte, so that a long text is not counted to its end.
    text.len() <= 4 * most && (least..=most).contains(&text.chars().count())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn long(count: usize) -> String {
        "é".repeat(count)
    }

    #[test]
    fn each_pattern_takes_what_its_text_says() {
        let ulid = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
        for (pattern, good) in [
            (ID, ulid.to_owned()),
            (STORE_NAME, "my store/1.0 ^_&@-".to_owned()),
            (STORE_NAME, "abc".to_owned()),
            (TYPE, "document".to_owned()),
            (TYPE, long(254)),
            (CHANGED_TYPE, "a@b".to_owned()),
            (RELATION, "can_view".to_owned()),
            (RELATION, long(50)),
            (OBJECT, "d:1".to_owned()),
            (OBJECT, long(256)),
            (OBJECT_ID, "a:b".to_owned()),
            (USER, long(512)),
            (CORRELATION_ID, "a-b_c9".to_owned()),
            (CORRELATION_ID, "x".repeat(36)),
        ] {
            assert!(pattern.holds(&good), "{}: {good}", pattern.text);
        }
    }

    #[test]
    fn each_pattern_refuses_what_its_text_refuses() {
        for (pattern, bad) in [
            (ID, String::new()),
            (ID, "01ARZ3NDEKTSV4RRFFQ69G5FA".to_owned()),
            (ID, "01ARZ3NDEKTSV4RRFFQ69G5FAVV".to_owned()),
            (ID, "01ARZ3NDEKTSV4RRFFQ69G5FAI".to_owned()),
            (ID, "01arz3ndektsv4rrffq69g5fav".to_owned()),
            (STORE_NAME, "ab".to_owned()),
            (STORE_NAME, "a".repeat(65)),
            (STORE_NAME, "a*b".to_owned()),
            (TYPE, String::new()),
            (TYPE, "a b".to_owned()),
            (TYPE, "a@b".to_owned()),
            (TYPE, long(255)),
            (CHANGED_TYPE, "a:b".to_owned()),
            (RELATION, "a#b".to_owned()),
            (RELATION, long(51)),
            (OBJECT, "d".to_owned()),
            (OBJECT, "d:\t".to_owned()),
            (OBJECT, long(257)),
            (OBJECT_ID, String::new()),
            (OBJECT_ID, "a#".to_owned()),
            (USER, "u".to_owned()),
            (USER, "u u".to_owned()),
            (USER, long(513)),
            (CORRELATION_ID, String::new()),
            (CORRELATION_ID, "a b".to_owned()),
            (CORRELATION_ID, "x".repeat(37)),
        ] {
            assert!(!pattern.holds(&bad), "{}: {bad}", pattern.text);
        }
    }

    #[test]
    fn the_reason_quotes_the_pattern_as_go_does() {
        assert_eq!(
            RELATION.reason(),
            r#"value does not match regex pattern "^[^:#@\\s]{1,50}$""#
        );
    }
}
