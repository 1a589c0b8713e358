//! Random worlds of users, teams, projects, generations, files and style stacks.

use crate::tenant::tuple;
use authz::WrittenTuple;
use rebac::Model;
use std::collections::BTreeSet;

pub(super) const USERS: usize = 4;
const TEAMS: usize = 2;
const PROJECTS: usize = 2;
const GENERATIONS: usize = 3;
const FILES: usize = 2;
const STYLES: usize = 2;

/// A world in the words of the design.
#[derive(Debug)]
pub(super) struct Facts {
    pub(super) teams: Vec<Team>,
    pub(super) projects: Vec<Project>,
    pub(super) generations: Vec<Generation>,
    pub(super) files: Vec<File>,
    pub(super) styles: Vec<Style>,
}

#[derive(Debug)]
pub(super) struct Team {
    /// The role of each user: 1 (viewer) to 5 (owner); 0: none.
    pub(super) roles: [usize; USERS],
    pub(super) resting: [bool; USERS],
    pub(super) rests: bool,
}

#[derive(Debug)]
pub(super) struct Project {
    pub(super) owner: usize,
    /// 0: private, 1: team-only, 2: public.
    pub(super) visibility: usize,
    /// The level of each team: 1 (read) to 3 (admin); 0: none.
    pub(super) links: [usize; TEAMS],
    pub(super) held: [bool; TEAMS],
    /// 0: none, 1: reading, 2: writing.
    pub(super) collaborators: [usize; USERS],
    pub(super) emergency: [bool; USERS],
    pub(super) improvements: bool,
    pub(super) authors: bool,
    pub(super) others: bool,
}

#[derive(Debug)]
pub(super) struct Generation {
    pub(super) owner: usize,
    pub(super) project: Option<usize>,
    pub(super) parent: Option<usize>,
    pub(super) context: Option<usize>,
    pub(super) unfinished: bool,
    pub(super) emergency: [bool; USERS],
}

#[derive(Debug)]
pub(super) struct File {
    pub(super) owner: usize,
    pub(super) generation: usize,
}

#[derive(Debug)]
pub(super) struct Style {
    pub(super) owner: usize,
    pub(super) is_public: bool,
}

/// Numbers that a seed decides (`SplitMix64`).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % u64::try_from(end).unwrap()).unwrap()
    }

    /// True once in so many times.
    fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    fn some(&mut self, end: usize) -> Option<usize> {
        let one = self.below(end + 1);
        (one < end).then_some(one)
    }
}

impl Facts {
    pub(super) fn random(seed: u64) -> Self {
        let dice = &mut Dice(seed);
        let teams = (0..TEAMS).map(|_| Team {
            roles: [(); USERS].map(|()| dice.below(6)),
            resting: [(); USERS].map(|()| dice.once_in(8)),
            rests: dice.once_in(8),
        });
        let teams = teams.collect();
        let projects = (0..PROJECTS).map(|_| Project {
            owner: dice.below(USERS),
            visibility: dice.below(3),
            links: [(); TEAMS].map(|()| dice.below(4)),
            held: [(); TEAMS].map(|()| dice.once_in(5)),
            collaborators: [(); USERS].map(|()| dice.below(6).saturating_sub(3)),
            emergency: [(); USERS].map(|()| dice.once_in(8)),
            improvements: !dice.once_in(3),
            authors: !dice.once_in(3),
            others: dice.once_in(3),
        });
        let projects = projects.collect();
        let generations = (0..GENERATIONS).map(|_| Generation {
            owner: dice.below(USERS),
            project: dice.some(PROJECTS),
            parent: dice.some(GENERATIONS),
            context: dice.some(TEAMS).filter(|_| dice.once_in(2)),
            unfinished: dice.once_in(5),
            emergency: [(); USERS].map(|()| dice.once_in(8)),
        });
        let generations = generations.collect();
        let files = (0..FILES).map(|_| File {
            owner: dice.below(USERS),
            generation: dice.below(GENERATIONS),
        });
        let files = files.collect();
        let styles = (0..STYLES).map(|_| Style {
            owner: dice.below(USERS),
            is_public: dice.once_in(2),
        });
        let styles = styles.collect();
        Self {
            teams,
            projects,
            generations,
            files,
            styles,
        }
    }

    /// Who might have which relation to what: all that the model is asked for.
    pub(super) fn questions(&self, model: &Model) -> Vec<(String, String, String)> {
        let kinds = [
            ("team", self.teams.len()),
            ("project", self.projects.len()),
            ("generation", self.generations.len()),
            ("media", self.files.len()),
            ("style_stack", self.styles.len()),
        ];
        let mut questions = Vec::new();
        for (kind, count) in kinds {
            let of_type = model.types.iter().find(|one| one.name == kind);
            let relations = of_type.into_iter().flat_map(|one| &one.relations);
            let names = relations.map(|relation| relation.name.as_str());
            let asked = |name: &&str| name.starts_with("can_") || name.starts_with("role_");
            for relation in names.filter(asked) {
                for user in 0..USERS {
                    let whom = |number| {
                        let (user, object) = (format!("user:{user}"), format!("{kind}:{number}"));
                        (user, relation.to_owned(), object)
                    };
                    questions.extend((0..count).map(whom));
                }
            }
        }
        questions
    }

    /// The world as tuples.
    pub(super) fn tuples(&self) -> Vec<WrittenTuple> {
        let mut texts = BTreeSet::new();
        for (number, team) in self.teams.iter().enumerate() {
            team.tuples(number, &mut texts);
        }
        for (number, project) in self.projects.iter().enumerate() {
            project.tuples(number, &mut texts);
        }
        for (number, one) in self.generations.iter().enumerate() {
            one.tuples(number, &mut texts);
        }
        for (number, file) in self.files.iter().enumerate() {
            texts.insert(format!("media:{number}#owner@user:{}", file.owner));
            let generation = file.generation;
            texts.insert(format!("media:{number}#generation@generation:{generation}"));
        }
        for (number, style) in self.styles.iter().enumerate() {
            texts.insert(format!("style_stack:{number}#owner@user:{}", style.owner));
            if style.is_public {
                texts.insert(format!("style_stack:{number}#public@user:*"));
            }
        }
        texts.iter().map(|text| tuple(text)).collect()
    }
}

impl Team {
    fn tuples(&self, number: usize, texts: &mut BTreeSet<String>) {
        for (user, role) in self.roles.iter().enumerate() {
            let role = ["", "viewer", "contributor", "editor", "admin", "owner"][*role];
            if !role.is_empty() {
                texts.insert(format!("team:{number}#{role}@user:{user}"));
            }
            if self.resting[user] {
                texts.insert(format!("team:{number}#inactive@user:{user}"));
            }
        }
        if self.rests {
            texts.insert(format!("team:{number}#inactive@user:*"));
        }
    }
}

impl Project {
    fn tuples(&self, number: usize, texts: &mut BTreeSet<String>) {
        let mut add = |relation: &str, who: &str| {
            texts.insert(format!("project:{number}#{relation}@{who}"));
        };
        add("owner", &format!("user:{}", self.owner));
        for (team, level) in self.links.iter().enumerate() {
            let held = if self.held[team] { "held_" } else { "" };
            let level = ["", "team_read", "team_write", "team_admin"][*level];
            if !level.is_empty() {
                add(&format!("{held}{level}"), &format!("team:{team}"));
            }
        }
        for user in 0..USERS {
            let who = format!("user:{user}");
            match self.collaborators[user] {
                1 => add("reader", &who),
                2 => add("writer", &who),
                _ => {}
            }
            if self.emergency[user] {
                add("emergency_reader", &who);
            }
        }
        for (relation, is_on) in [
            ("teams_on", self.visibility > 0),
            ("public", self.visibility > 1),
            ("improvements_on", self.improvements),
            ("authors_shown", self.authors),
            ("teams_shown", self.others),
        ] {
            if is_on {
                add(relation, "user:*");
            }
        }
    }
}

impl Generation {
    fn tuples(&self, number: usize, texts: &mut BTreeSet<String>) {
        let mut add = |relation: &str, who: String| {
            texts.insert(format!("generation:{number}#{relation}@{who}"));
        };
        add("owner", format!("user:{}", self.owner));
        if let Some(project) = self.project {
            add("project", format!("project:{project}"));
        }
        if let Some(parent) = self.parent {
            add("parent", format!("generation:{parent}"));
        }
        if let Some(team) = self.context {
            add("team_context", format!("team:{team}"));
        }
        if self.unfinished {
            add("unfinished", "user:*".to_owned());
        }
        for user in 0..USERS {
            if self.emergency[user] {
                add("emergency_reader", format!("user:{user}"));
            }
        }
    }
}
