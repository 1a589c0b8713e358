//! The words of the tables, and the tuples that they stand for.

use super::table::Line;
use crate::tenant::tuple;
use authz::WrittenTuple;

/// What a line's circumstances are.
#[derive(Debug, Default)]
pub(super) struct Circumstances {
    pub(super) lasting: Vec<WrittenTuple>,
    /// What has ended when the question is asked.
    pub(super) ended: Vec<WrittenTuple>,
}

/// Who asks in a line.
pub(super) fn asker(line: usize) -> String {
    format!("user:u{line}")
}

/// The object of a type that a line speaks of.
pub(super) fn object(type_name: &str, line: usize) -> String {
    format!("{type_name}:{line}")
}

/// The tuples of a line: an unknown word fails the test.
pub(super) fn tuples(line: &Line) -> Circumstances {
    let mut circumstances = Circumstances::default();
    let has = |phrase: &str| line.phrases.iter().any(|one| one == phrase);
    let mut texts = vec![
        "generation:G#owner@user:someone".to_owned(),
        "project:P#owner@user:someone".to_owned(),
        "media:G#owner@user:someone".to_owned(),
        "media:G#generation@generation:G".to_owned(),
    ];
    if !has("improvements off") {
        texts.push("project:P#improvements_on@user:*".to_owned());
    }
    if !has("authors hidden") {
        texts.push("project:P#authors_shown@user:*".to_owned());
    }
    for phrase in &line.phrases {
        if let Some(ended) = ended(phrase) {
            circumstances.ended.push(placed(ended, line.number));
        } else {
            texts.extend(lasting(phrase));
        }
    }
    circumstances.lasting = texts.iter().map(|text| placed(text, line.number)).collect();
    circumstances
}

/// A phrase whose tuple has ended.
fn ended(phrase: &str) -> Option<&'static str> {
    Some(match phrase {
        "collaborator for writing until a moment ago" => "project:P#writer@user:U",
        "emergency on the generation, over" => "generation:G#emergency_reader@user:U",
        "emergency on the project, over" => "project:P#emergency_reader@user:U",
        _ => return None,
    })
}

fn lasting(phrase: &str) -> Vec<String> {
    if let Some(role) = phrase
        .strip_prefix("team ")
        .filter(|role| super::ROLES.contains(role))
    {
        return vec![format!("team:T#{role}@user:U")];
    }
    if let Some(level) = phrase.strip_prefix("linked for ") {
        let (level, held) = match level.strip_suffix(", held back") {
            Some(level) => (level, "held_"),
            None => (level, ""),
        };
        let level = match level {
            "reading" => "read",
            "writing" => "write",
            "administration" => "admin",
            other => panic!("linked for `{other}`?"),
        };
        return vec![format!("project:P#{held}team_{level}@team:T")];
    }
    let texts: &[&str] = match phrase {
        "stranger" | "in no project" | "improvements off" | "authors hidden" | "a team"
        | "private" | "private project" => &[],
        "owner of the generation" => &["generation:G#owner@user:U"],
        "owner of the project" => &["project:P#owner@user:U"],
        "owner of the file" => &["media:G#owner@user:U"],
        "owner of the style stack" => &["style_stack:G#owner@user:U"],
        "owner of the parent" => &["generation:parentG#owner@user:U"],
        "owner of a child" => &["generation:childG#owner@user:U"],
        "collaborator for reading" => &["project:P#reader@user:U"],
        "collaborator for writing" => &["project:P#writer@user:U"],
        "in a private project" => &["generation:G#project@project:P"],
        "in a team-only project" => &[
            "generation:G#project@project:P",
            "project:P#teams_on@user:*",
        ],
        "in a public project" => &[
            "generation:G#project@project:P",
            "project:P#teams_on@user:*",
            "project:P#public@user:*",
        ],
        "team-only project" => &["project:P#teams_on@user:*"],
        "public project" => &["project:P#teams_on@user:*", "project:P#public@user:*"],
        "public" => &["style_stack:G#public@user:*"],
        "shared with the team" => &["generation:G#team_context@team:T"],
        "unfinished" => &["generation:G#unfinished@user:*"],
        "membership at rest" => &["team:T#inactive@user:U"],
        "team at rest" => &["team:T#inactive@user:*"],
        "teams shown" => &["project:P#teams_shown@user:*"],
        "emergency on the generation" => &["generation:G#emergency_reader@user:U"],
        "emergency on the project" => &["project:P#emergency_reader@user:U"],
        "derived from another" => &["generation:G#parent@generation:parentG"],
        "derived from itself" => &["generation:G#parent@generation:G"],
        "derived from one in a public project" => &[
            "generation:G#parent@generation:parentG",
            "generation:parentG#project@project:otherP",
            "project:otherP#public@user:*",
        ],
        "derived from a private one" => &[
            "generation:G#parent@generation:parentG",
            "generation:parentG#owner@user:someone",
        ],
        "another is derived from it" => &["generation:childG#parent@generation:G"],
        other => panic!("what is `{other}`?"),
    };
    texts.iter().map(|text| (*text).to_owned()).collect()
}

/// The tuple with the objects of a line.
fn placed(text: &str, line: usize) -> WrittenTuple {
    let number = line.to_string();
    let text = text.replace("user:U", &asker(line));
    let text = ["G", "P", "T"].iter().fold(text, |text, letter| {
        let mut placed = String::new();
        for (at, part) in text.split(letter).enumerate() {
            if at > 0 {
                placed.push_str(&number);
            }
            placed.push_str(part);
        }
        placed
    });
    tuple(&text)
}
