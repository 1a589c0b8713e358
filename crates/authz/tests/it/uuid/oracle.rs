//! The decision table of the design in plain Rust, written from its rows and not from the model.

use super::worlds::{Facts, File, Generation, Project};

const READ: usize = 1;
const WRITE: usize = 2;
const ADMIN: usize = 3;

const VIEWER: usize = 1;
const EDITOR: usize = 3;
const ADMIN_OF: usize = 4;
const OWNER: usize = 5;

/// Whether a user may do something with an object.
pub(super) fn grants(facts: &Facts, user: &str, permission: &str, object: &str) -> bool {
    let user = number(user);
    let (kind, id) = object.split_once(':').unwrap();
    let id: usize = id.parse().unwrap();
    match kind {
        "team" => on_team(facts, user, permission, id),
        "project" => on_project(facts, user, permission, &facts.projects[id]),
        "generation" => on_generation(facts, user, permission, &facts.generations[id]),
        "media" => on_file(facts, user, permission, &facts.files[id]),
        "style_stack" => {
            let style = &facts.styles[id];
            style.owner == user || style.is_public && permission == "view"
        }
        other => panic!("what is `{other}`?"),
    }
}

/// The role that counts for an object: 0 (none), or 1 (viewer) to 5 (owner).
pub(super) fn effective_role(facts: &Facts, asker: &str, object: &str) -> usize {
    let user = number(asker);
    let (kind, id) = object.split_once(':').unwrap();
    let id: usize = id.parse().unwrap();
    let role = match kind {
        "project" => {
            let project = &facts.projects[id];
            let by_grant = by_grant(project, user);
            let owner = if project.owner == user { OWNER } else { 0 };
            owner.max(by_grant).max(by_links(facts, project, user))
        }
        "generation" => on_generation_as(facts, user, &facts.generations[id]),
        "media" => {
            let file = &facts.files[id];
            let role = on_generation_as(facts, user, &facts.generations[file.generation]);
            if file.owner == user { OWNER } else { role }
        }
        "style_stack" if facts.styles[id].owner == user => OWNER,
        _ => 0,
    };
    let looks = kind != "team" && grants(facts, asker, "view", object);
    role.max(if looks { VIEWER } else { 0 })
}

fn number(user: &str) -> usize {
    user.split_once(':').unwrap().1.parse().unwrap()
}

/// Contradictions 3 to 5, and row 17: whoever rests has nothing, but a team at rest has an owner.
fn on_team(facts: &Facts, user: usize, permission: &str, team: usize) -> bool {
    let role = role(facts, team, user);
    match permission {
        "view" => role >= VIEWER,
        "update" | "invite" | "remove" | "change_role" => role >= ADMIN_OF,
        "wake" | "transfer" | "delete" => facts.teams[team].roles[user] == OWNER,
        other => panic!("what is `{other}`?"),
    }
}

/// The project's owner administrates what lies in it, whoever may write to the project edits it,
/// and a team's members are what role and level both allow.
fn on_generation_as(facts: &Facts, user: usize, of: &Generation) -> usize {
    if of.owner == user {
        return OWNER;
    }
    if of.unfinished {
        return 0;
    }
    let project = of.project.map(|id| &facts.projects[id]);
    let in_project = project.map_or(0, |project| {
        let owner = if project.owner == user { ADMIN_OF } else { 0 };
        let by_grant = by_grant(project, user);
        owner.max(by_grant).max(by_links(facts, project, user))
    });
    let shared = of
        .context
        .map_or(0, |team| lesser(role(facts, team, user), ADMIN));
    in_project.max(shared)
}

/// Row 8.
fn by_grant(project: &Project, user: usize) -> usize {
    [0, VIEWER, EDITOR][project.collaborators[user]]
}

fn by_links(facts: &Facts, project: &Project, user: usize) -> usize {
    let roles = links(facts, project, user).map(|(role, level)| lesser(role, level));
    roles.max().unwrap_or(0)
}

/// Row 7: a link for reading makes nobody more than a viewer, one for writing nobody more than an
/// editor.
fn lesser(role: usize, level: usize) -> usize {
    role.min([0, VIEWER, EDITOR, ADMIN_OF][level])
}

fn on_generation(facts: &Facts, user: usize, permission: &str, of: &Generation) -> bool {
    // Row 1, and row 17 for all others.
    if of.owner == user {
        return true;
    }
    if of.unfinished {
        return false;
    }
    if permission == "see_author" {
        return sees_author(facts, user, of);
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

/// Contradiction 11: who made it is told to whoever administrates it, to the team that it is shared
/// with, and to whoever sees it where the project says so.
fn sees_author(facts: &Facts, user: usize, of: &Generation) -> bool {
    let is_shown = of.project.is_some_and(|id| facts.projects[id].authors);
    let is_of_team = of.context.is_some_and(|team| role(facts, team, user) >= 1);
    let may = |permission| on_generation(facts, user, permission, of);
    may("admin") || is_of_team || is_shown && may("view")
}

fn on_file(facts: &Facts, user: usize, permission: &str, file: &File) -> bool {
    let generation = &facts.generations[file.generation];
    if file.owner == user || generation.owner == user {
        return true;
    }
    // Whoever owns the project takes generations out of it, and deletes no files.
    if permission == "delete" {
        by_team(facts, user, permission, generation) && !generation.unfinished
    } else {
        on_generation(facts, user, permission, generation)
    }
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
    if permission == "see_teams" {
        let may = |permission| on_project(facts, user, permission, of);
        return may("admin") || of.others && may("view");
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
