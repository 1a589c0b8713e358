//! The refresh grant: a session goes on with a new access token (RFC 6749 section 6).
//!
//! Everything is read in one statement and decided; what is written is conditional on what was
//! read. Who loses a race reads again and decides anew, which then means: gets the current token.

mod lifetime;
mod v1;
mod v2;

use crate::Authn;
use crate::error::{Error, Refusal, Result};
use crate::issue::{Issued, Opened, Trace};
use crate::refresh_token::{Counter, Presented};
use crate::sign_in::actor;
use serde_json::Map;
use store::audit::{self, Entry};
use store::refreshes::{self, Refreshable};
use store::sessions::{Seen, Session};
use store::{Tx, refresh_tokens};
use types::Call;
use types::audit::Event;

/// Most times that one request looks again because others changed the session meanwhile. Each time
/// one of them got through; so many in a row do not fit into a deadline.
const ROUNDS_MAX: u32 = 100;

/// What one round of a refresh works with.
#[derive(Debug)]
struct Round<'a> {
    authn: &'a Authn,
    call: &'a Call,
    found: Refreshable,
    session: Session,
    /// An earlier round of the same request lost a race.
    raced: bool,
}

/// How a round ended.
#[derive(Debug)]
enum Outcome {
    Issued(Box<Issued>),
    /// Somebody else changed the session since it was read.
    Lost,
}

impl Authn {
    /// Exchanges a refresh token. A token that was exchanged before gets the current one where a
    /// client that is honest could present it; else its family ends.
    pub async fn refresh(&self, call: &Call, token: &str) -> Result<Issued> {
        let presented = Presented::parse(token).map_err(|_| Refusal::RefreshMalformed)?;
        for round in 0..ROUNDS_MAX {
            let round = self.round(call, &presented, round > 0).await?;
            let outcome = match &presented {
                Presented::V1(token) => round.refresh_v1(token).await?,
                Presented::V2(counter) => round.refresh_v2(counter).await?,
            };
            if let Outcome::Issued(issued) = outcome {
                return Ok(*issued);
            }
        }
        Err(Refusal::RefreshContended.into())
    }

    /// Reads what the token stands for, and refuses what needs no further look.
    async fn round<'a>(
        &'a self,
        call: &'a Call,
        presented: &Presented,
        raced: bool,
    ) -> Result<Round<'a>> {
        let query = match presented {
            Presented::V1(token) => refreshes::by_token_query(token),
            Presented::V2(counter) => refreshes::by_session_query(counter.session),
        };
        let mut rows = self.db(call).all(vec![query]).await?;
        let found = refreshes::from_rows(rows.pop().unwrap_or_default())?;
        let found = match (found, presented) {
            (Some(found), _) => found,
            (None, Presented::V1(token)) => return Err(self.without_session(call, token).await?),
            (None, Presented::V2(_)) => return Err(Refusal::RefreshNotFound.into()),
        };
        let session = found.account.session.clone();
        let session = session.ok_or(Refusal::RefreshNotFound)?;
        if let Presented::V2(counter) = presented {
            self.require_genuine(&session, counter)?;
        }
        let round = Round {
            authn: self,
            call,
            found,
            session,
            raced,
        };
        round.require_refreshable().await?;
        Ok(round)
    }

    /// A token made before there were sessions is told from one that does not exist.
    async fn without_session(&self, call: &Call, token: &str) -> Result<Error> {
        let token = refresh_tokens::find(&mut self.db(call), token).await?;
        let refusal = match token {
            Some(token) if token.session_id.is_none() => Refusal::RefreshWithoutSession,
            _ => Refusal::RefreshNotFound,
        };
        Ok(refusal.into())
    }

    /// A forged token is answered like one that never was.
    fn require_genuine(&self, session: &Session, counter: &Counter) -> Result<()> {
        let column = session.refresh_token_hmac_key.as_deref();
        let column = column.ok_or(Refusal::RefreshNotFound)?;
        let key = self.load_key(session.id, column)?;
        if counter.verify(key.expose()) {
            Ok(())
        } else {
            Err(Refusal::RefreshNotFound.into())
        }
    }
}

impl Round<'_> {
    /// The session must still be one that may go on.
    async fn require_refreshable(&self) -> Result<()> {
        let user = &self.found.account.user;
        if user.is_banned(self.call.now) {
            let trace = Trace {
                user_id: Some(user.id),
                ..Trace::default()
            };
            return Err(refused(Refusal::RefreshUserBanned, trace));
        }
        if self.found.client_id.is_some() {
            // Such a session goes on through the OAuth server, where its client proves who it is.
            return Err(self.refuse(Refusal::RefreshNeedsClient));
        }
        self.require_alive().await
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
    /// has stolen it.
    fn audit_replay(&self, tx: &mut Tx) {
        let mut traits = Map::new();
        traits.insert("session_id".to_owned(), self.session.id.to_string().into());
        let entry = Entry {
            event: Event::RefreshTokenReplayed,
            // Nobody knows which of the two it was; the user is whom it happened to.
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

    fn trace(&self) -> Trace {
        Trace {
            user_id: Some(self.found.account.user.id),
            session_id: Some(self.session.id),
            ..Trace::default()
        }
    }

    fn refuse(&self, refusal: Refusal) -> Error {
        refused(refusal, self.trace())
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

fn refused(refusal: Refusal, trace: Trace) -> Error {
    Error::RefusedSession {
        refusal,
        trace: Box::new(trace),
    }
}
