//! What a refresh writes: one step, on condition that the session is still as it was judged.

use super::judge::{Current, Step};
use super::{Look, refused};
use crate::error::{Error, Refusal, Result};
use crate::issue::{Issued, Trace};
use crate::refresh_token::{self, Presented};
use store::refreshes::{self, Rotation};
use store::{Tx, audit, sessions};
use types::audit::Event;

/// How a step ended.
#[derive(Debug)]
pub(super) enum Outcome {
    Issued(Box<Issued>),
    /// Refused, and what that meant is stored.
    Refused(Box<Error>),
    /// Somebody else changed the session first; nothing was written.
    Lost,
}

impl Look<'_> {
    pub(super) async fn act(self: Box<Self>, step: Step, tx: Tx) -> Result<Outcome> {
        match step {
            Step::Rotate => self.rotate(None, tx).await,
            Step::IssueAgain { live } => self.rotate(Some(live), tx).await,
            Step::Upgrade { spent } => self.upgrade(spent, tx).await,
            Step::Count { counter, spent } => self.count(counter, spent, tx).await,
            Step::Advance { counter } => self.advance(counter, tx).await,
            Step::HandOut { current, cause } => self.hand_out(&current, cause, tx).await,
            Step::EndTokens => self.end_tokens(tx).await,
            Step::EndSession { counter } => self.end_session(counter, tx).await,
        }
    }

    /// A new token of the first generation; `live` as for [`Step::IssueAgain`].
    async fn rotate(self: Box<Self>, live: Option<i64>, mut tx: Tx) -> Result<Outcome> {
        let new = refresh_token::mint_v1(self.authn.entropy());
        let rotation = Rotation {
            user: self.session.user_id,
            session: self.session.id,
            old: self.presented_token()?,
            new: &new,
            seen: self.seen(),
        };
        let issued = match live {
            None => refreshes::rotate(&mut tx, &rotation).await?,
            Some(live) => refreshes::issue_again(&mut tx, &rotation, live).await?,
        };
        if !issued {
            return Ok(Outcome::Lost);
        }
        self.finish_exchange(new, tx).await
    }

    /// The presented token was the session's last of the first generation.
    async fn upgrade(mut self: Box<Self>, spent: bool, mut tx: Tx) -> Result<Outcome> {
        let key = refresh_token::new_hmac_key(self.authn.entropy());
        let column = self.authn.store_key(self.session.id, &key)?;
        refreshes::touched(&mut tx, self.session.user_id, self.call.now);
        let seen = self.seen();
        if !sessions::upgrade(&mut tx, self.session.id, &column, seen).await?
            || !self.spend(spent, &mut tx).await?
        {
            return Ok(Outcome::Lost);
        }
        self.session.refresh_token_hmac_key = Some(column);
        self.session.refresh_token_counter = Some(0);
        let new = self.token_of(0)?;
        self.finish_exchange(new, tx).await
    }

    async fn count(mut self: Box<Self>, counter: i64, spent: bool, mut tx: Tx) -> Result<Outcome> {
        refreshes::touched(&mut tx, self.session.user_id, self.call.now);
        let seen = self.seen();
        if !sessions::advance(&mut tx, self.session.id, counter, seen).await?
            || !self.spend(spent, &mut tx).await?
        {
            return Ok(Outcome::Lost);
        }
        self.session.refresh_token_counter = Some(counter + 1);
        let new = self.token_of(counter + 1)?;
        self.finish_exchange(new, tx).await
    }

    /// Spends the presented token, unless it was spent before; false when someone else just did.
    async fn spend(&self, spent: bool, tx: &mut Tx) -> Result<bool> {
        if spent {
            return Ok(true);
        }
        Ok(refreshes::revoke(tx, self.presented_token()?, self.call.now).await?)
    }

    /// A token of the first generation was exchanged.
    async fn finish_exchange(mut self: Box<Self>, new: String, mut tx: Tx) -> Result<Outcome> {
        let refreshed = self.entry(Event::TokenRefreshed);
        let revoked = self.entry(Event::TokenRevoked);
        let entropy = self.authn.entropy();
        audit::append_both(&mut tx, self.call, entropy, &refreshed, &revoked);
        tx.commit().await?;
        self.found.account.user.updated_at = self.call.now;
        let mut issued = self.issue(new)?;
        issued.trace.refresh_token_prefix = issued.prefix();
        issued.trace.reuse = Some(false);
        Ok(Outcome::Issued(Box::new(issued)))
    }

    async fn advance(mut self: Box<Self>, counter: i64, mut tx: Tx) -> Result<Outcome> {
        let seen = self.seen();
        if !sessions::advance(&mut tx, self.session.id, counter, seen).await? {
            return Ok(Outcome::Lost);
        }
        self.audit(&mut tx, Event::TokenRefreshed);
        tx.commit().await?;
        self.session.refresh_token_counter = Some(counter + 1);
        let new = self.token_of(counter + 1)?;
        let mut issued = self.issue(new)?;
        issued.trace.reuse = Some(false);
        Ok(Outcome::Issued(Box::new(issued)))
    }

    /// Nothing is spent, so that all clients of the session come together at one token.
    async fn hand_out(
        self: Box<Self>,
        current: &Current,
        cause: Option<String>,
        mut tx: Tx,
    ) -> Result<Outcome> {
        if !sessions::refreshed(&mut tx, self.session.id, self.seen()).await? {
            return Ok(Outcome::Lost);
        }
        self.audit(&mut tx, Event::TokenRefreshed);
        tx.commit().await?;
        let token = match current {
            Current::Token(token) => token.clone(),
            Current::Count(counter) => self.token_of(*counter)?,
        };
        let is_token = matches!(self.presented, Presented::V1(_));
        let mut issued = self.issue(token)?;
        issued.trace.reuse_cause = cause;
        if is_token {
            issued.trace.refresh_token_prefix = issued.prefix();
        }
        Ok(Outcome::Issued(Box::new(issued)))
    }

    /// Every live token of the session ends. Its access tokens live on, as they do on the recorded
    /// server.
    async fn end_tokens(self: Box<Self>, mut tx: Tx) -> Result<Outcome> {
        if refreshes::end_tokens(&mut tx, self.session.id, self.call.now).await? > 0 {
            self.audit_replay(&mut tx);
        }
        tx.commit().await?;
        let error = refused(Refusal::RefreshAlreadyUsed, &self.session);
        Ok(Outcome::Refused(Box::new(error)))
    }

    /// The session ends with all its tokens, if it still stands where it was judged: a refresh
    /// that came between may have made the presented token one that is honoured.
    async fn end_session(self: Box<Self>, counter: i64, mut tx: Tx) -> Result<Outcome> {
        if !refreshes::end_session(&mut tx, self.session.id, counter).await? {
            return Ok(Outcome::Lost);
        }
        self.audit_replay(&mut tx);
        tx.commit().await?;
        let trace = Trace {
            user_id: Some(self.session.user_id),
            session_id: Some(self.session.id),
            rotated: Some(true),
            ..Trace::default()
        };
        Ok(Outcome::Refused(Box::new(Error::RefusedSession {
            refusal: Refusal::RefreshAlreadyUsed,
            trace: Box::new(trace),
        })))
    }

    fn presented_token(&self) -> Result<&str> {
        match self.presented {
            Presented::V1(token) => Ok(token),
            Presented::V2(_) => Err(Error::internal("a count was to be spent like a token")),
        }
    }

    fn token_of(&self, counter: i64) -> Result<String> {
        let column = self.session.refresh_token_hmac_key.as_deref();
        let column = column.ok_or_else(|| Error::internal("a session counts without a key"))?;
        self.authn.counter_token(self.session.id, counter, column)
    }
}
