//! What may be said of a team.

use super::error::Refusal;

/// Most members that a team may have.
pub const MEMBERS_MAX: i64 = 1_000;
/// Longest name and description, in characters.
const NAME_CHARACTERS_MAX: usize = 100;
const DESCRIPTION_CHARACTERS_MAX: usize = 500;

/// A name without blanks around it.
pub(super) fn name(name: &str) -> Result<String, Refusal> {
    let name = name.trim();
    let fault = if name.is_empty() {
        "is required"
    } else if name.chars().count() > NAME_CHARACTERS_MAX {
        "has more than 100 characters"
    } else if name.chars().any(char::is_control) {
        "has control characters"
    } else {
        return Ok(name.to_owned());
    };
    Err(Refusal::invalid("name", fault))
}

/// A description; an empty one is none.
pub(super) fn description(description: Option<&str>) -> Result<Option<String>, Refusal> {
    let description = description.map(str::trim).filter(|text| !text.is_empty());
    let Some(text) = description else {
        return Ok(None);
    };
    if text.chars().count() > DESCRIPTION_CHARACTERS_MAX {
        return Err(Refusal::invalid(
            "description",
            "has more than 500 characters",
        ));
    }
    if text.contains('\0') {
        return Err(Refusal::invalid("description", "has a NUL character"));
    }
    Ok(Some(text.to_owned()))
}

/// How many members a team may have.
pub(super) fn size(size: i64) -> Result<i64, Refusal> {
    if (1..=MEMBERS_MAX).contains(&size) {
        Ok(size)
    } else {
        let fault = format!("must be 1 to {MEMBERS_MAX}");
        Err(Refusal::invalid("max_members", fault))
    }
}
