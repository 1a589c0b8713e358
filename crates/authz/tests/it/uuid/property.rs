//! No path of the model grants more than the design's table, nor less, and a changed model does.

use super::worlds::Facts;
use super::{ROLES, oracle};
use crate::amount::amount;
use crate::engine::{World, on_engine};
use crate::tenant::{Memory, Tenant, call, model};
use authz::access::MODEL;
use authz::{CheckQuestion, Given, WrittenTuple};
use std::collections::{BTreeMap, BTreeSet};

on_engine!(on_sqlite Sqlite:
    no_path_grants_more_than_the_design
    a_changed_model_is_noticed
);

/// Random worlds, decided by the model and by an oracle that was written from the design's table
/// alone: neither grants more than the other.
async fn no_path_grants_more_than_the_design(world: World) {
    let tenant = Tenant::open(&world, Memory::Whole, MODEL).await;
    tenant.settle().await;
    let mut granted = BTreeMap::new();
    let found = disagreement(&tenant, &mut granted).await;
    assert_eq!(found, None);
    // Each is granted now and then, or nothing would have been tried.
    let asked = Facts::random(0).questions(&model(MODEL)).into_iter();
    let kinds: BTreeSet<_> = asked
        .map(|(_, relation, object)| kind_of(&object, &relation))
        .collect();
    assert!(kinds.len() > 40, "{kinds:?}");
    for one in kinds {
        assert!(
            granted.get(&one).is_some_and(|count| *count > 20),
            "{one}: {granted:?}"
        );
    }
}

/// A model with one word more or less is found out.
async fn a_changed_model_is_noticed(world: World) {
    for (from, to) in MUTATIONS {
        assert_eq!(MODEL.matches(from).count(), 1, "{from}");
        let changed = MODEL.replace(from, to);
        let tenant = Tenant::open(&world, Memory::Whole, &changed).await;
        tenant.settle().await;
        let found = disagreement(&tenant, &mut BTreeMap::new()).await;
        assert!(
            found.is_some(),
            "nobody noticed that `{from}` became `{to}`"
        );
    }
}

/// The first question on which the model of a store and the oracle disagree.
async fn disagreement(tenant: &Tenant, granted: &mut BTreeMap<String, usize>) -> Option<String> {
    let model = model(MODEL);
    for seed in 0..amount(300) {
        let facts = Facts::random(seed);
        let contextual: Vec<WrittenTuple> = facts.tuples();
        let asked = facts.questions(&model);
        let questions = asked.iter().map(|(user, relation, object)| CheckQuestion {
            user: user.clone(),
            relation: relation.clone(),
            object: object.clone(),
            given: Given {
                contextual: contextual.clone(),
                context: None,
            },
        });
        let questions = questions.collect();
        let answered = tenant
            .authz
            .checks(&call(), tenant.scope(), questions)
            .await;
        let answers = answered.unwrap().value;
        let answers = answers.into_iter().map(Result::unwrap);
        let answered: Vec<_> = asked.into_iter().zip(answers).collect();
        let of_seed = |place: String| format!("world {seed}: {place}\n{facts:#?}");
        let mut roles = BTreeMap::new();
        for ((user, relation, object), answer) in &answered {
            *granted.entry(kind_of(object, relation)).or_default() += usize::from(*answer);
            if let Some(role) = relation.strip_prefix("role_") {
                let height = ROLES.iter().rev().position(|one| *one == role).unwrap() + 1;
                let highest: &mut usize = roles.entry((user, object)).or_default();
                *highest = (*highest).max(if *answer { height } else { 0 });
            } else {
                let permission = relation.strip_prefix("can_").unwrap();
                if *answer != oracle::grants(&facts, user, permission, object) {
                    return Some(of_seed(format!("{user} {relation} {object}: {answer}")));
                }
            }
        }
        for ((user, object), role) in roles {
            if role != oracle::effective_role(&facts, user, object) {
                return Some(of_seed(format!("{user} has role {role} of {object}")));
            }
        }
    }
    None
}

/// The relation, with the type of its object.
fn kind_of(object: &str, relation: &str) -> String {
    let type_name = object.split(':').next().unwrap_or_default();
    format!("{type_name}#{relation}")
}

/// What is granted to one more or one fewer.
const MUTATIONS: [(&str, &str); 28] = [
    ("define can_wake: owner", "define can_wake: at_least_owner"),
    (
        "define can_invite: at_least_admin",
        "define can_invite: at_least_editor",
    ),
    (
        "define can_transfer: owner",
        "define can_transfer: owner or admin",
    ),
    (
        "(at_least_viewer from team_context but not unfinished)",
        "(at_least_viewer from team_context)",
    ),
    ("(can_view and authors_shown from project)", "can_view"),
    (
        "define can_see_teams: can_admin or (can_view and teams_shown)",
        "define can_see_teams: can_admin or teams_shown",
    ),
    (
        "define role_contributor: link_contributor\n",
        "define role_contributor: link_downloader\n",
    ),
    (
        "define edit_by_owner: owner\n    define can_edit: edit_by_owner\n    define share_by_owner",
        "define edit_by_owner: owner or public\n    define can_edit: edit_by_owner\n    define share_by_owner",
    ),
    (
        "define at_least_admin: (owner or admin) but not inactive",
        "define at_least_admin: (owner or admin or editor) but not inactive",
    ),
    (
        "define at_least_viewer: (owner or admin or editor or contributor or viewer) but not inactive",
        "define at_least_viewer: owner or admin or editor or contributor or viewer",
    ),
    (
        "at_least_viewer from team_admin) and teams_on",
        "at_least_viewer from team_admin)",
    ),
    (
        "define link_downloader: (at_least_contributor from team_read or",
        "define link_downloader: (at_least_viewer from team_read or",
    ),
    (
        "define link_contributor: (at_least_contributor from team_write or",
        "define link_contributor: (at_least_contributor from team_read or",
    ),
    (
        "define link_editor: (at_least_editor from team_write or",
        "define link_editor: (at_least_contributor from team_write or",
    ),
    (
        "define link_admin: at_least_admin from team_admin and teams_on",
        "define link_admin: at_least_admin from team_write and teams_on",
    ),
    (
        "define share_by_owner: owner\n    define can_share: share_by_owner\n    define delete_by_owner: owner\n    define can_delete: delete_by_owner\n\n    define admin_by_owner: owner\n    define admin_by_team: link_admin",
        "define share_by_owner: owner or writer\n    define can_share: share_by_owner\n    define delete_by_owner: owner\n    define can_delete: delete_by_owner\n\n    define admin_by_owner: owner\n    define admin_by_team: link_admin",
    ),
    (
        "define project_owner: owner from project but not unfinished",
        "define project_owner: owner from project",
    ),
    (
        "define team_viewer: (link_viewer from project or at_least_viewer from team_context) but not unfinished",
        "define team_viewer: link_viewer from project but not unfinished",
    ),
    (
        "define team_brancher: ((link_contributor from project and improvements_on from project) or",
        "define team_brancher: (link_contributor from project or",
    ),
    (
        "define team_admin: (link_admin from project or at_least_admin from team_context)",
        "define team_admin: (link_editor from project or at_least_admin from team_context)",
    ),
    (
        "define writer: writer from project but not unfinished",
        "define writer: (writer from project or reader from project) but not unfinished",
    ),
    (
        "define everybody: public from project but not unfinished",
        "define everybody: (public from project or everybody from parent) but not unfinished",
    ),
    (
        "define view_by_emergency: (emergency_reader or emergency_reader from project) but not unfinished",
        "define view_by_emergency: emergency_reader but not unfinished",
    ),
    (
        "define download_by_public: everybody\n",
        "define download_by_public: everybody or view_by_emergency\n",
    ),
    (
        "define branch_by_public: everybody and improvements_on from project",
        "define branch_by_public: everybody",
    ),
    (
        "define delete_by_team: team_admin",
        "define delete_by_team: team_editor",
    ),
    (
        "define share_by_team: team_editor",
        "define share_by_team: team_contributor",
    ),
    (
        "define delete_by_team: delete_by_team from generation",
        "define delete_by_team: edit_by_team from generation",
    ),
];
