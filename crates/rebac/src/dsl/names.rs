//! Which words may name a type, a relation, a condition or a parameter.

/// Words of the language that OpenFGA's grammar never takes for a name. Its other words (`model`,
/// `module`, `schema`, `extend`, `type`, `relation`) may be names.
const RESERVED: &[&str] = &[
    "and",
    "condition",
    "define",
    "false",
    "from",
    "in",
    "null",
    "or",
    "relations",
    "true",
    "with",
];

/// Whether a word may name anything but a parameter.
pub(super) fn is_name(word: &str) -> bool {
    !is_reserved(word) && (is_plain(word) || is_extended(word))
}

/// Whether a word may name a parameter. Words of the language may: nothing else can stand there.
pub(super) fn is_parameter_name(word: &str) -> bool {
    is_plain(word)
}

/// Whether a word means something in the language, so that it cannot be a name.
pub(super) fn is_reserved(word: &str) -> bool {
    RESERVED.contains(&word)
}

/// `IDENTIFIER`: a letter or `_`, then letters, digits, `_` and `-`.
fn is_plain(word: &str) -> bool {
    let is_rest = |c: char| is_body(c) || c == '-';
    word.starts_with(is_start) && word.chars().all(is_rest)
}

/// `EXTENDED_IDENTIFIER`: also `/` and `.`, but no two separators in a row and none at the end.
fn is_extended(word: &str) -> bool {
    let mut parts = word.split(['/', '.', '-']);
    word.starts_with(is_start) && parts.all(|part| !part.is_empty() && part.chars().all(is_body))
}

fn is_start(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_'
}

fn is_body(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_stand_between_letters() {
        for word in ["a", "_", "a-b", "a--b", "a-", "a/b.c-d", "a1", "type"] {
            assert!(is_name(word), "{word}");
        }
        for word in [
            "", "1", "-a", "/a", "a/", "a//b", "a/-b", "a.", "a/b-", "é", "from",
        ] {
            assert!(!is_name(word), "{word}");
        }
    }

    #[test]
    fn a_parameter_may_be_a_word_of_the_language_but_has_no_separators() {
        assert!(is_parameter_name("from"));
        assert!(!is_parameter_name("a/b"));
    }
}
