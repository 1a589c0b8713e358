//! Every way in which a refresh token is judged.

use super::*;
use crate::refresh_token::mint_v2;
use store::Account;
use store::refreshes::LiveToken;
use store::users::User;
use types::{SessionId, Span, UserId};
use uuid::Uuid;

const TOKEN: &str = "abcdefghijkl";
const OTHER: &str = "mnopqrstuvwx";
const KEY: [u8; 32] = [7; 32];
const USER: UserId = UserId(Uuid::from_u128(1));

/// A session with one live token, presented a second after it was issued.
struct Case {
    refresh: RefreshSettings,
    sessions: SessionSettings,
    presented: Presented,
    found: Refreshable,
    session: Session,
    others: Vec<Session>,
    is_genuine: bool,
    raced: bool,
}

fn at(seconds: i64) -> Time {
    Time::from_unix_seconds(1_000 + seconds)
}

fn session(number: u128) -> Session {
    Session {
        id: SessionId(Uuid::from_u128(number)),
        user_id: USER,
        created_at: at(0),
        updated_at: at(0),
        factor_id: None,
        aal: "aal1".to_owned(),
        not_after: None,
        refreshed_at: None,
        user_agent: None,
        ip: None,
        tag: None,
        refresh_token_hmac_key: None,
        refresh_token_counter: None,
    }
}

/// A token of the first generation; `spent_at` in seconds.
fn token(spent_at: Option<i64>, live: Option<(&str, Option<&str>)>) -> Case {
    let live = live.map(|(token, parent)| LiveToken {
        id: 42,
        token: token.to_owned(),
        parent: parent.map(str::to_owned),
    });
    Case {
        refresh: RefreshSettings {
            reuse_interval: Span::seconds(3),
            algorithm: RefreshAlgorithm::V1,
            ..RefreshSettings::default()
        },
        sessions: SessionSettings::default(),
        presented: Presented::V1(TOKEN.to_owned()),
        found: Refreshable {
            account: Account::new(User::new(USER, "authenticated", at(0))),
            amr: Vec::new(),
            client_id: None,
            token: Some(TokenState {
                revoked: spent_at.is_some(),
                updated_at: at(spent_at.unwrap_or(0)),
            }),
            live,
        },
        session: session(77),
        others: Vec::new(),
        is_genuine: true,
        raced: false,
    }
}

fn live_token() -> Case {
    token(None, Some((TOKEN, None)))
}

/// A token of the second generation.
fn count(presented: u64, current: i64, refreshed_at: i64) -> Case {
    let mut case = token(None, None);
    let text = mint_v2(case.session.id, presented, &KEY);
    case.presented = Presented::parse(&text).unwrap();
    case.session.refresh_token_counter = Some(current);
    case.session.refreshed_at = Some(at(refreshed_at));
    case
}

impl Case {
    fn judge_at(&self, seconds: i64) -> Verdict {
        let facts = Facts {
            refresh: &self.refresh,
            sessions: &self.sessions,
            now: at(seconds),
            presented: &self.presented,
            is_genuine: self.is_genuine,
            found: &self.found,
            session: &self.session,
            others: &self.others,
            raced: self.raced,
        };
        facts.judge().unwrap()
    }

    fn step_at(&self, seconds: i64) -> Step {
        match self.judge_at(seconds) {
            Verdict::Go(step) => step,
            Verdict::Refuse(error) => panic!("refused: {error:?}"),
        }
    }

    fn refusal_at(&self, seconds: i64) -> (Refusal, Trace) {
        match self.judge_at(seconds) {
            Verdict::Go(step) => panic!("not refused: {step:?}"),
            Verdict::Refuse(error) => match *error {
                Error::Refused(refusal) => (refusal, Trace::default()),
                Error::RefusedSession { refusal, trace } => (refusal, *trace),
                error => panic!("failed: {error}"),
            },
        }
    }
}

fn cause(step: Step) -> String {
    match step {
        Step::HandOut {
            current: Current::Count(_),
            cause,
        } => cause.unwrap(),
        step => panic!("{step:?}"),
    }
}

#[test]
fn a_live_token_is_exchanged_at_any_age() {
    for seconds in [0, 1, 1 << 40] {
        assert_eq!(live_token().step_at(seconds), Step::Rotate);
    }
}

#[test]
fn the_parent_of_the_live_token_gets_it_at_any_age() {
    let parent = token(Some(0), Some((OTHER, Some(TOKEN))));
    for seconds in [0, 3, 4, 1 << 40] {
        let expected = Step::HandOut {
            current: Current::Token(OTHER.to_owned()),
            cause: None,
        };
        assert_eq!(parent.step_at(seconds), expected);
    }
}

#[test]
fn a_spent_token_is_good_for_the_reuse_interval() {
    let spent = token(Some(0), Some((OTHER, Some("zzzzzzzzzzzz"))));
    assert_eq!(spent.step_at(3), Step::IssueAgain { live: 42 });
    assert_eq!(spent.step_at(4), Step::EndTokens);
    // The family has ended: its newest token is good for the interval, as recorded.
    let ended = token(Some(0), None);
    assert_eq!(ended.step_at(3), Step::IssueAgain { live: 0 });
}

#[test]
fn a_family_is_ended_once_and_only_where_rotation_is_on() {
    let ended = token(Some(0), None);
    assert_eq!(ended.refusal_at(4).0, Refusal::RefreshAlreadyUsed);
    let mut off = token(Some(0), Some((OTHER, None)));
    off.refresh.rotation_enabled = false;
    let (refusal, trace) = off.refusal_at(4);
    assert_eq!(refusal, Refusal::RefreshAlreadyUsed);
    assert_eq!(trace.user_id, Some(USER));
    assert_eq!(trace.session_id, Some(off.session.id));
    assert_eq!(trace.rotated, None);
}

#[test]
fn a_percentage_of_sessions_moves_to_the_second_generation() {
    let moves = |percentage: u8, algorithm| {
        let moving = |number: &u128| {
            let mut case = live_token();
            case.session.id = SessionId(Uuid::from_u128(*number));
            case.refresh.upgrade_percentage = percentage;
            case.refresh.algorithm = algorithm;
            case.step_at(1) == Step::Upgrade { spent: false }
        };
        (0..1_000).filter(moving).count()
    };
    assert_eq!(moves(0, RefreshAlgorithm::V2), 0);
    assert_eq!(moves(30, RefreshAlgorithm::V2), 300);
    assert_eq!(moves(100, RefreshAlgorithm::V2), 1_000);
    assert_eq!(moves(100, RefreshAlgorithm::V1), 0);
}

#[test]
fn the_last_token_of_a_session_that_has_moved_counts_on() {
    let mut moved = token(Some(0), None);
    moved.session.refresh_token_counter = Some(5);
    let counts = Step::Count {
        counter: 5,
        spent: true,
    };
    assert_eq!(moved.step_at(1), counts);
    assert_eq!(moved.refusal_at(4).0, Refusal::RefreshAlreadyUsed);
    moved.raced = true;
    let current = Step::HandOut {
        current: Current::Count(5),
        cause: None,
    };
    assert_eq!(moved.step_at(1), current);
}

#[test]
fn the_current_count_moves_on() {
    assert_eq!(count(4, 4, 0).step_at(1), Step::Advance { counter: 4 });
}

#[test]
fn an_older_count_is_honoured_for_the_recorded_causes() {
    let both = "concurrent-refresh,fail-to-save";
    assert_eq!(cause(count(3, 4, 0).step_at(1)), both);
    assert_eq!(cause(count(3, 4, 0).step_at(4)), "fail-to-save");
    assert_eq!(cause(count(2, 4, 0).step_at(1)), "concurrent-refresh");
    // A clock that went back is judged by the distance.
    assert_eq!(cause(count(2, 4, 2).step_at(0)), "concurrent-refresh");
    let end = Step::EndSession { counter: 4 };
    assert_eq!(count(2, 4, 0).step_at(3), end);
    assert_eq!(count(2, 4, 4).step_at(0), end);
}

#[test]
fn the_operator_may_allow_every_reuse() {
    let mut always = count(0, 9, 0);
    always.refresh.allow_reuse = true;
    assert_eq!(cause(always.step_at(100)), "always-allow");
}

#[test]
fn without_rotation_an_old_count_ends_nothing() {
    let mut off = count(2, 4, 0);
    off.refresh.rotation_enabled = false;
    assert_eq!(off.refusal_at(4).0, Refusal::RefreshAlreadyUsed);
}

#[test]
fn a_count_ahead_of_ours_was_not_issued_here() {
    let (refusal, trace) = count(5, 4, 0).refusal_at(1);
    assert_eq!(refusal, Refusal::RefreshNotIssuedHere);
    assert!(trace.session_id.is_some());
}

#[test]
fn a_forged_token_is_nobody_s() {
    let mut forged = count(4, 4, 0);
    forged.is_genuine = false;
    let (refusal, trace) = forged.refusal_at(1);
    assert_eq!(refusal, Refusal::RefreshNotFound);
    assert_eq!(trace, Trace::default());
}

#[test]
fn a_banned_user_is_told_so_without_the_session() {
    let mut banned = live_token();
    banned.found.account.user.banned_until = Some(at(10));
    let (refusal, trace) = banned.refusal_at(9);
    assert_eq!(refusal, Refusal::RefreshUserBanned);
    assert_eq!((trace.user_id, trace.session_id), (Some(USER), None));
    assert_eq!(banned.step_at(10), Step::Rotate);
}

#[test]
fn the_session_of_an_oauth_client_does_not_go_on_without_it() {
    let mut client = live_token();
    client.found.client_id = Some(Uuid::from_u128(9));
    assert_eq!(client.refusal_at(1).0, Refusal::RefreshNeedsClient);
}

#[test]
fn only_the_newest_session_of_its_kind_goes_on() {
    let newer = Session {
        created_at: at(5),
        tag: Some("phone".to_owned()),
        ..session(78)
    };
    let mut case = live_token();
    case.others = vec![case.session.clone(), newer];
    assert_eq!(case.refusal_at(6).0, Refusal::SessionReplaced);
    // Another kind, or a session that is over itself, replaces nothing.
    case.sessions.tags = vec!["web".to_owned(), "phone".to_owned()];
    assert_eq!(case.step_at(6), Step::Rotate);
    case.sessions.tags = Vec::new();
    case.others[1].not_after = Some(at(5));
    assert_eq!(case.step_at(6), Step::Rotate);
}

#[test]
fn a_session_that_is_over_refuses_every_token() {
    for mut case in [live_token(), count(4, 4, 0), token(Some(0), None)] {
        case.sessions.timebox = Span::seconds(2);
        let (refusal, trace) = case.refusal_at(3);
        assert_eq!(refusal, Refusal::SessionExpired);
        assert_eq!(trace.session_id, Some(case.session.id));
    }
}
