//! Every public function of every aggregate, on both engines; no statement is left out.

mod accounts;
mod audit;
mod changes;
mod cleaning;
mod emergencies;
mod factors;
mod flows;
mod ledger;
mod lists;
mod mail;
mod models;
mod secrets;
mod sessions;
pub(crate) mod stores;
mod teams;
mod tuples;

use crate::engine::{Engine, World, column, on_postgres_alone, query};
use store::Read;

/// Makes two tests of each function, one for each engine, and one function that calls them all.
macro_rules! exercises {
    ($($module:ident: $($exercise:ident),* ;)*) => {
        mod on_sqlite {
            $($(#[test]
            fn $exercise() {
                let test = async |world| super::$module::$exercise(&world).await;
                crate::engine::run(crate::engine::Engine::Sqlite, test);
            })*)*
        }

        mod on_postgres {
            $($(#[test]
            fn $exercise() {
                let test = async |world| super::$module::$exercise(&world).await;
                crate::engine::run(crate::engine::Engine::Postgres, test);
            })*)*
        }

        async fn all(world: &World) {
            $($($module::$exercise(world).await;)*)*
        }
    };
}

exercises! {
    accounts: user_returns_as_it_was_written, user_is_found_by_every_contact,
        passwords_are_sampled,
        user_takes_everything_along, identity_changes_and_goes, address_is_held_by_identities_too;
    audit: each_event_goes_to_its_log, log_is_filtered_and_counted;
    changes: changes_after_a_version_come_in_order, changes_are_read_by_type_and_time,
        the_last_change_of_a_version_tells_histories_apart;
    cleaning: only_old_rows_are_removed, only_abandoned_enrolments_are_removed,
        probes_answer;
    factors: factor_changes_and_goes, challenge_belongs_to_its_factor,
        challenges_of_one_moment_step_aside;
    flows: flow_returns_as_it_was_written, flows_of_a_user_go, pending_tokens_replace_each_other;
    ledger: profile_keeps_what_a_user_may_not_write, ledger_opens_once,
        ledger_refuses_less_than_nothing, ledger_is_right_under_concurrency;
    lists: users_are_listed_by_page, users_are_filtered, custom_providers_are_read;
    mail: message_leaves_once, message_is_tried_again_and_given_up, dead_letters_are_revived;
    models: model_returns_as_it_was_written, models_are_listed_newest_first,
        assertions_replace_each_other;
    secrets: first_secret_of_a_name_stays;
    sessions: session_returns_as_it_was_written, methods_are_recorded_once,
        levels_fall_with_their_factor, sessions_end_together, tokens_of_the_first_generation_rotate,
        the_newest_live_token_is_read_alone, tokens_of_a_family_end_together,
        session_of_the_second_generation_ends_as_it_was_read;
    stores: store_returns_as_it_was_written, stores_are_listed_by_id_and_by_name,
        deleted_store_is_nowhere_found,
        writers_at_once_take_versions_in_the_order_of_their_commits,
        writer_waits_for_the_one_before, a_version_is_told_with_its_last_change,
        deleted_store_leaves_nothing_after_a_while;
    emergencies: emergency_is_approved_and_ended_once;
    teams: team_returns_as_it_was_written, invitation_is_settled_once,
        invitations_are_listed_and_counted,
        people_are_active_or_not, nothing_departs_but_the_account,
        what_touches_objects_is_found_at_once;
    tuples: tuple_returns_as_it_was_written, the_last_change_of_a_tuple_counts,
        what_is_wanted_comes_in_one_round_trip,
        no_more_is_loaded_than_is_allowed, a_store_is_paged_through_as_a_whole,
        expired_tuples_are_found_oldest_first, every_filter_finds_what_it_says_page_by_page;
}

on_postgres_alone!(every_statement_is_called_by_a_test);

/// What a connection has prepared is what was called on it.
fn every_statement_is_called_by_a_test() {
    let runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = { runtime }.worker_threads(1).enable_all().build();
    runtime.unwrap().block_on(async {
        let world = World::migrated_with(Engine::Postgres, 1).await;
        store::adopt::inspect(&world.store, &crate::engine::call())
            .await
            .unwrap();
        all(&world).await;
        let prepared = query("SELECT statement FROM pg_prepared_statements");
        let prepared = world.db().rows(prepared, Vec::new()).await.unwrap();
        let prepared: Vec<String> = column(prepared);
        let missing = store::statements()
            .filter(|stmt| !prepared.iter().any(|text| text == stmt.postgres))
            .map(|stmt| stmt.name);
        assert_eq!(missing.collect::<Vec<_>>(), [""; 0]);
    });
}
