//! The decision table of the design in plain Rust, written from its rows and not from the model.

use super::worlds::{Facts, Generation, Project};

const READ: usize = 1;
const WRITE: usize = 2;
const ADMIN: usize = 3;

/// Whether a user may do something with an object.
pub(super) fn grants(facts: &Facts, user: &str, permission: &str, object: &str) -> bool {
    let user = number(user);
    let (kind, id) = object.split_once(':').unwrap();
    let id: usize = id.parse().unwrap();
    match kind {
        "generation" => on_generation(facts, user, permission, &facts.generations[id]),
        "project" => on_project(facts, user, permission, &facts.projects[id]),
        "media" => {
            let file = &facts.files[id];
            let generation = &facts.generations[file.generation];
            if file.owner == user || generation.owner == user {
                return true;
            }
            // Whoever owns the project takes generations out of it, and deletes no files.
            let is_moderated = permission == "delete";
            let of_team = is_moderated && by_team(facts, user, permission, generation);
            if is_moderated {
                of_team && !generation.unfinished
            } else {
                on_generation(facts, user, permission, generation)
            }
        }
        other => panic!("what is `{other}`?"),
    }
}

fn number(user: &str) -> usize {
    user.split_once(':').unwrap().1.parse().unwrap()
}

fn on_generation(facts: &Facts, user: usize, permission: &str, of: &Generation) -> bool {
    // Row 1, and row 17 for all others.
    if of.owner == user {
        return true;
    }
    if of.unfinished {
        return false;
    }
    let project = of.project.map(|id| &facts.projects[id]);
    let by_project = project.is_some_and(|project| {
        // Row 2.
        let of_owner = ["view", "download", "branch", "delete", "admin"];
        let by_owner = project.owner == user && of_owner.contains(&permission);
        // Row 8.
        let by_grant = match project.collaborators[user] {
            1 => ["view", "download"].contains(&permission),
            2 => {
                ["view", "download", "edit"].contains(&permission)
                    || permission == "branch" && project.improvements
            }
            _ => false,
        };
        // Rows 10 and 11.
        let to_all = project.visibility == 2
            && (["view", "download"].contains(&permission)
                || permission == "branch" && project.improvements);
        by_owner || by_grant || to_all || project.emergency[user] && permission == "view"
    });
    // Row 15; row 9: no parent is looked at.
    let by_emergency = of.emergency[user] && permission == "view";
    by_project || by_emergency || by_team(facts, user, permission, of)
}

/// Rows 3 to 7 and 14: a share with a team is one for whatever the role allows.
fn by_team(facts: &Facts, user: usize, permission: &str, of: &Generation) -> bool {
    let shared = of
        .context
        .is_some_and(|team| role_grants(role(facts, team, user), ADMIN, permission));
    let linked = of
        .project
        .map(|id| &facts.projects[id])
        .is_some_and(|project| {
            let improves = permission != "branch" || project.improvements;
            improves
                && links(facts, project, user)
                    .any(|(role, level)| role_grants(role, level, permission))
        });
    shared || linked
}

/// Role and level of each link that counts (rows 12 to 14).
fn links(facts: &Facts, project: &Project, user: usize) -> impl Iterator<Item = (usize, usize)> {
    let is_private = project.visibility == 0;
    let links = project.links.iter().enumerate();
    let links =
        links.filter(move |(team, level)| !is_private && **level > 0 && !project.held[*team]);
    links.map(move |(team, level)| (role(facts, team, user), *level))
}

/// The role that counts: none of a member or a team at rest (row 17).
fn role(facts: &Facts, team: usize, user: usize) -> usize {
    let team = &facts.teams[team];
    if team.rests || team.resting[user] {
        0
    } else {
        team.roles[user]
    }
}

/// What a role allows on content, capped by the level: read at most row 3 and download, write at
/// most row 5, admin row 6.
fn role_grants(role: usize, level: usize, permission: &str) -> bool {
    match permission {
        "view" => role >= 1,
        "download" => role >= 2,
        "branch" => role >= 2 && level > READ,
        "edit" | "share" => role >= 3 && level > READ,
        "delete" | "admin" => role >= 4 && level > WRITE,
        other => panic!("what is `{other}`?"),
    }
}

fn on_project(facts: &Facts, user: usize, permission: &str, of: &Project) -> bool {
    if of.owner == user {
        return true;
    }
    let by_grant = match of.collaborators[user] {
        1 => ["view", "download"].contains(&permission),
        2 => ["view", "download", "edit", "contribute"].contains(&permission),
        _ => false,
    };
    let to_all = of.visibility == 2 && ["view", "download"].contains(&permission);
    let by_emergency = of.emergency[user] && permission == "view";
    let by_link = links(facts, of, user).any(|(role, level)| match permission {
        "view" => role >= 1,
        "download" => role >= 2,
        "contribute" => role >= 2 && level > READ,
        "edit" => role >= 3 && level > READ,
        "admin" => role >= 4 && level == ADMIN,
        _ => false,
    });
    by_grant || to_all || by_emergency || by_link
}
