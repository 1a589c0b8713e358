//! Response headers are compared as complete sets; what may come on top is listed here.

use super::json::Json;
use super::matcher::Matcher;
use std::collections::BTreeMap;

/// Headers that the recorder left out, and headers of ours that the recorded server has not.
const NOT_COMPARED: [(&str, &str); 9] = [
    ("date", "left out of the recordings: it changes"),
    (
        "content-length",
        "left out of the recordings: it follows from the body",
    ),
    (
        "connection",
        "left out of the recordings: a matter of the connection",
    ),
    (
        "transfer-encoding",
        "a matter of the connection, like content-length",
    ),
    (
        "x-request-id",
        "ours: the id of the request, also in its log line",
    ),
    ("retry-after", "ours: when a refused request may come again"),
    (
        "x-ratelimit-name",
        "ours: the name of the limit that refused",
    ),
    ("ratelimit", "ours: what is left of the limit that refused"),
    (
        "ratelimit-policy",
        "ours: the name of the limit that refused",
    ),
];

/// Compares `got` with the recorded `expected`; repeated names count as one list.
pub(crate) fn compare(
    matcher: &mut Matcher<'_>,
    pointer: &str,
    expected: &Json,
    got: &[(String, String)],
) {
    let mut all: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in got {
        let name = name.to_ascii_lowercase();
        if NOT_COMPARED.iter().any(|(other, _)| *other == name) {
            continue;
        }
        all.entry(name)
            .and_modify(|known| {
                known.push_str(", ");
                known.push_str(value);
            })
            .or_insert_with(|| value.clone());
    }
    if let Some(allow) = all.get_mut("allow") {
        *allow = sorted(allow);
    }
    for (name, value) in expected.members() {
        let here = format!("{pointer}/{name}");
        let value = value.as_text().unwrap_or_default();
        match all.remove(name) {
            Some(got) => matcher.text(&here, value, &got),
            None => matcher.differs(&here, value, "no such header", None),
        }
    }
    for (name, value) in all {
        matcher.differs(&format!("{pointer}/{name}"), "no such header", &value, None);
    }
}

/// The names of an `Allow` header in the order of the recordings.
fn sorted(allow: &str) -> String {
    let mut names: Vec<&str> = allow.split(',').map(str::trim).collect();
    names.sort_unstable();
    names.join(", ")
}
