//! How long sessions may go on: judged at each refresh, and in between for administrators.

use super::judge::Facts;
use crate::error::Refusal;
use crate::settings::SessionSettings;
use store::sessions::Session;
use types::{Span, Time};

impl Facts<'_> {
    /// Why the session may not go on: it is over, or a newer one has come in its place.
    pub(super) fn lifetime_over(&self) -> Option<Refusal> {
        let has_factor = self.found.account.has_verified_factor();
        let last = last_refreshed(self.session, self.found.token.map(|token| token.updated_at));
        let is_over = |session, last| over(self.sessions, session, last, has_factor, self.now);
        let replaced = || {
            self.others.iter().any(|other| {
                let seen = last_refreshed(other, None);
                other.id != self.session.id
                    && tag(self.sessions, other) == tag(self.sessions, self.session)
                    && seen > last
                    && is_over(other, seen).is_none()
            })
        };
        is_over(self.session, last).or_else(|| replaced().then_some(Refusal::SessionReplaced))
    }
}

/// Why a session is over at `now`, if it is, whatever newer ones there are.
pub(crate) fn ended(
    settings: &SessionSettings,
    session: &Session,
    has_factor: bool,
    now: Time,
) -> Option<Refusal> {
    let last = last_refreshed(session, None);
    over(settings, session, last, has_factor, now)
}

/// Why the session is over at `now`, if it is. A limit of zero is none.
fn over(
    settings: &SessionSettings,
    session: &Session,
    last_refreshed: Time,
    has_factor: bool,
    now: Time,
) -> Option<Refusal> {
    let passed = |since: Time, limit: Span| !limit.0.is_zero() && now > since + limit.0;
    let low = has_factor && session.aal == "aal1";
    if session.not_after.is_some_and(|end| now > end)
        || passed(session.created_at, settings.timebox)
    {
        Some(Refusal::SessionExpired)
    } else if passed(last_refreshed, settings.inactivity_timeout) {
        Some(Refusal::SessionExpiredInactive)
    } else if low && passed(session.created_at, settings.allow_low_aal) {
        Some(Refusal::SessionLowAal)
    } else {
        None
    }
}

/// When the session was last refreshed. Rows of servers that did not write that down yet are
/// judged by the presented token.
fn last_refreshed(session: &Session, token_updated_at: Option<Time>) -> Time {
    let began = session.created_at;
    let by_token = || token_updated_at.map_or(began, |token| token.max(began));
    session.refreshed_at.unwrap_or_else(by_token)
}

/// The kind of session among which only one may live; an unknown kind counts as the first.
fn tag<'a>(settings: &'a SessionSettings, session: &'a Session) -> Option<&'a str> {
    let own = session.tag.as_deref();
    let known = settings.tags.iter().find(|tag| Some(tag.as_str()) == own);
    known.or(settings.tags.first()).map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;
    use types::{SessionId, UserId};
    use uuid::Uuid;

    const BEGAN: Time = Time(1_000_000_000);

    fn session() -> Session {
        Session {
            id: SessionId(Uuid::nil()),
            user_id: UserId(Uuid::nil()),
            created_at: BEGAN,
            updated_at: BEGAN,
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

    fn after(seconds: i64) -> Time {
        Time(BEGAN.0 + seconds * 1_000_000)
    }

    #[test]
    fn without_limits_a_session_lives_for_ever() {
        let settings = SessionSettings::default();
        assert_eq!(
            over(&settings, &session(), BEGAN, true, after(1 << 40)),
            None
        );
    }

    #[test]
    fn each_limit_has_its_own_reason() {
        let ten = Span::seconds(10);
        let timebox = SessionSettings {
            timebox: ten,
            ..SessionSettings::default()
        };
        let idle = SessionSettings {
            inactivity_timeout: ten,
            ..SessionSettings::default()
        };
        let low = SessionSettings {
            allow_low_aal: ten,
            ..SessionSettings::default()
        };
        let at = |settings: &SessionSettings, seconds| {
            over(settings, &session(), BEGAN, true, after(seconds))
        };
        for (settings, refusal) in [
            (&timebox, Refusal::SessionExpired),
            (&idle, Refusal::SessionExpiredInactive),
            (&low, Refusal::SessionLowAal),
        ] {
            assert_eq!(at(settings, 10), None);
            assert_eq!(at(settings, 11), Some(refusal));
        }
    }

    #[test]
    fn the_end_that_single_sign_on_has_set_counts() {
        let bounded = Session {
            not_after: Some(after(5)),
            ..session()
        };
        let settings = SessionSettings::default();
        assert_eq!(over(&settings, &bounded, BEGAN, false, after(5)), None);
        let refusal = over(&settings, &bounded, BEGAN, false, after(6));
        assert_eq!(refusal, Some(Refusal::SessionExpired));
    }

    #[test]
    fn a_user_without_second_factor_may_stay_at_aal1() {
        let low = SessionSettings {
            allow_low_aal: Span::seconds(10),
            ..SessionSettings::default()
        };
        assert_eq!(over(&low, &session(), BEGAN, false, after(11)), None);
        let high = Session {
            aal: "aal2".to_owned(),
            ..session()
        };
        assert_eq!(over(&low, &high, BEGAN, true, after(11)), None);
    }

    #[test]
    fn the_last_refresh_is_the_session_s_or_the_token_s_or_the_beginning() {
        let refreshed = Session {
            refreshed_at: Some(after(7)),
            ..session()
        };
        assert_eq!(last_refreshed(&refreshed, Some(after(9))), after(7));
        assert_eq!(last_refreshed(&session(), Some(after(9))), after(9));
        assert_eq!(last_refreshed(&session(), Some(after(-9))), BEGAN);
        assert_eq!(last_refreshed(&session(), None), BEGAN);
    }

    #[test]
    fn unknown_kinds_of_sessions_count_as_the_first() {
        let settings = SessionSettings {
            tags: vec!["web".to_owned(), "phone".to_owned()],
            ..SessionSettings::default()
        };
        let tagged = |name: &str| Session {
            tag: Some(name.to_owned()),
            ..session()
        };
        assert_eq!(tag(&settings, &tagged("phone")), Some("phone"));
        assert_eq!(tag(&settings, &tagged("fridge")), Some("web"));
        assert_eq!(tag(&settings, &session()), Some("web"));
        assert_eq!(tag(&SessionSettings::default(), &tagged("phone")), None);
    }
}
