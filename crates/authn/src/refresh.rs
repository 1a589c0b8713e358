//! The refresh grant: a session goes on with a new access token (RFC 6749 section 6).
//!
//! Everything is read in one statement, judged, and written on condition that it still stands. Who
//! loses that race looks again with the session locked, and then gets the current token.

mod act;
mod judge;
mod lifetime;

pub(crate) use lifetime::ended;

use crate::Authn;
use crate::error::{Error, Refusal, Result};
use crate::issue::{Issued, Opened, Trace};
use crate::refresh_token::Presented;
use crate::sign_in::actor;
use act::Outcome;
use judge::{Facts, Verdict};
use serde_json::Map;
use store::audit::{self, Entry};
use store::refreshes::{self, Refreshable};
use store::sessions::{self, Seen, Session};
use store::{Read, Tx, refresh_tokens};
use types::Call;
use types::audit::Event;

/// One look at a session that a refresh token continues.
#[derive(Debug)]
struct Look<'a> {
    authn: &'a Authn,
    call: &'a Call,
    presented: &'a Presented,
    found: Refreshable,
    session: Session,
    /// The user's sessions, where only one of them may go on.
    others: Vec<Session>,
    /// The session is locked, because somebody else changed it after an earlier look.
    raced: bool,
}

impl Authn {
    /// Exchanges a refresh token. A token that was exchanged before gets the current one where a
    /// client that is honest could present it; else its family ends.
    pub async fn refresh(&self, call: &Call, token: &str) -> Result<Issued> {
        let presented = Presented::parse(token).map_err(|_| Refusal::RefreshMalformed)?;
        let look = self.look(call, &presented, &mut self.db(call)).await?;
        let Some(look) = look else {
            return Err(self.not_found(call, &presented).await?);
        };
        let (user, session) = (look.found.account.user.id, look.session.id);
        let step = match look.judge()? {
            Verdict::Refuse(error) => return Err(*error),
            Verdict::Go(step) => step,
        };
        let tx = self.db(call).begin().await?;
        match look.act(step, tx).await? {
            Outcome::Issued(issued) => return Ok(*issued),
            Outcome::Refused(error) => return Err(*error),
            Outcome::Lost => {}
        }

        let mut tx = self.db(call).begin().await?;
        refreshes::lock(&mut tx, user, session);
        let look = self.look(call, &presented, &mut tx).await?;
        // What a transaction saw may not be stored yet, so it is told after the commit only.
        let Some(mut look) = look else {
            tx.commit().await?;
            return Err(Refusal::RefreshNotFound.into());
        };
        look.raced = true;
        let step = match look.judge()? {
            Verdict::Refuse(error) => {
                tx.commit().await?;
                return Err(*error);
            }
            Verdict::Go(step) => step,
        };
        match look.act(step, tx).await? {
            Outcome::Issued(issued) => Ok(*issued),
            Outcome::Refused(error) => Err(*error),
            // Whoever changes a session locks it; somebody does not.
            Outcome::Lost => Err(Refusal::RefreshContended.into()),
        }
    }

    async fn look<'a>(
        &'a self,
        call: &'a Call,
        presented: &'a Presented,
        db: &mut impl Read,
    ) -> Result<Option<Box<Look<'a>>>> {
        let found = match presented {
            Presented::V1(token) => refreshes::find_by_token(db, token).await?,
            Presented::V2(counter) => refreshes::find_by_session(db, counter.session).await?,
        };
        let session = found
            .as_ref()
            .and_then(|found| found.account.session.clone());
        let Some((found, session)) = Option::zip(found, session) else {
            return Ok(None);
        };
        let others = if self.0.settings.sessions.single_per_user {
            sessions::list_of_user(db, session.user_id).await?
        } else {
            Vec::new()
        };
        Ok(Some(Box::new(Look {
            authn: self,
            call,
            presented,
            found,
            session,
            others,
            raced: false,
        })))
    }

    /// A token made before there were sessions is told from one that does not exist.
    async fn not_found(&self, call: &Call, presented: &Presented) -> Result<Error> {
        let token = match presented {
            Presented::V1(token) => refresh_tokens::find(&mut self.db(call), token).await?,
            Presented::V2(_) => None,
        };
        let refusal = match token {
            Some(token) if token.session_id.is_none() => Refusal::RefreshWithoutSession,
            _ => Refusal::RefreshNotFound,
        };
        Ok(refusal.into())
    }

    /// Whether this server, or GoTrue on this database, has made the token. One of the first
    /// generation was found by itself.
    fn is_genuine(&self, presented: &Presented, session: &Session) -> Result<bool> {
        let Presented::V2(counter) = presented else {
            return Ok(true);
        };
        let Some(column) = session.refresh_token_hmac_key.as_deref() else {
            return Ok(false);
        };
        let key = self.load_key(session.id, column)?;
        Ok(counter.verify(key.expose()))
    }
}

impl Look<'_> {
    fn judge(&self) -> Result<Verdict> {
        let settings = &self.authn.0.settings;
        let facts = Facts {
            refresh: &settings.refresh,
            sessions: &settings.sessions,
            now: self.call.now,
            presented: self.presented,
            is_genuine: self.authn.is_genuine(self.presented, &self.session)?,
            found: &self.found,
            session: &self.session,
            others: &self.others,
            raced: self.raced,
        };
        facts.judge()
    }

    fn seen(&self) -> Seen<'_> {
        let origin = &self.call.origin;
        Seen {
            at: self.call.now,
            user_agent: Some(origin.user_agent.as_str()).filter(|agent| !agent.is_empty()),
            ip: origin.ip,
        }
    }

    fn entry(&self, event: Event) -> Entry {
        Entry {
            event,
            actor: actor(&self.found.account),
            subject: None,
            traits: Map::new(),
        }
    }

    fn audit(&self, tx: &mut Tx, event: Event) {
        audit::append(tx, self.call, self.authn.entropy(), &self.entry(event));
    }

    /// Notes that somebody presented a token that was spent long ago: one of the two who hold it
    /// has stolen it. Nobody knows which of them it was; the user is whom it happened to.
    fn audit_replay(&self, tx: &mut Tx) {
        let mut traits = Map::new();
        traits.insert("session_id".to_owned(), self.session.id.to_string().into());
        let entry = Entry {
            event: Event::RefreshTokenReplayed,
            actor: audit::Actor {
                id: uuid::Uuid::nil(),
                username: String::new(),
                name: None,
                via_sso: false,
            },
            subject: Some(self.found.account.user.id),
            traits,
        };
        audit::append(tx, self.call, self.authn.entropy(), &entry);
    }

    /// Signs an access token for the session as it is now, to go with this refresh token.
    fn issue(self, refresh_token: String) -> Result<Issued> {
        let opened = Opened {
            session: self.session,
            refresh_token,
            amr: self.found.amr,
        };
        self.authn.issue(self.call, self.found.account, opened)
    }
}

/// A refusal that says whose session it is about.
fn refused(refusal: Refusal, session: &Session) -> Error {
    Error::RefusedSession {
        refusal,
        trace: Box::new(Trace {
            user_id: Some(session.user_id),
            session_id: Some(session.id),
            ..Trace::default()
        }),
    }
}
