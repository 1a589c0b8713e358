//! Tokens of the first generation: each is exchanged once, for a new row; and the move to the
//! second generation.

use super::{Outcome, Round};
use crate::Authn;
use crate::error::{Error, Refusal, Result};
use crate::refresh_token;
use crate::settings::RefreshAlgorithm;
use store::refreshes::{self, Rotation};
use store::{Tx, audit, sessions};
use types::audit::Event;
use types::{SessionId, Time};

/// Whether the presented token was exchanged before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Spent {
    No,
    Yes,
}

impl Authn {
    /// Whether a session of the first generation moves to the second at its next refresh. Decided
    /// by the session's random id and not by the request, so that the percentage is one of
    /// sessions, and every server decides alike.
    fn moves_to_v2(&self, session: SessionId) -> bool {
        let refresh = &self.0.settings.refresh;
        refresh.algorithm == RefreshAlgorithm::V2
            && session.0.as_u128() % 100 < u128::from(refresh.upgrade_percentage)
    }
}

impl Round<'_> {
    /// The live token is exchanged. A spent one gets the live one where that is its child, at any
    /// age: the client did not save the last answer. Else it is still good for the reuse interval,
    /// counted from when it was spent, and after that it is a replay.
    ///
    /// So the tokens that a replay has ended are good for that interval once more: the recorded
    /// server does so, and its clients rely on it when several of their processes refresh at once.
    pub(super) async fn refresh_v1(self, token: &str) -> Result<Outcome> {
        let state = self.found.token;
        let state = state.ok_or_else(|| Error::internal("a token was found without its row"))?;
        if !state.revoked {
            return self.swap(token, Spent::No).await;
        }
        let live = self.found.live.as_ref();
        if let Some(live) = live.filter(|live| live.parent.as_deref() == Some(token)) {
            let current = live.token.clone();
            return self.hand_out_again(current).await;
        }
        if self.is_within_window(state.updated_at) {
            return self.swap(token, Spent::Yes).await;
        }
        self.end_tokens().await?;
        Err(self.refuse(Refusal::RefreshAlreadyUsed))
    }

    fn is_within_window(&self, spent_at: Time) -> bool {
        self.call.now <= spent_at + self.authn.0.settings.refresh.reuse_interval.0
    }

    /// A new token for the presented one, of the generation that the session has or gets.
    async fn swap(self, token: &str, spent: Spent) -> Result<Outcome> {
        if let Some(counter) = self.session.refresh_token_counter {
            return self.swap_in_v2(token, spent, counter).await;
        }
        if self.authn.moves_to_v2(self.session.id) {
            return self.upgrade(token, spent).await;
        }
        let new = refresh_token::mint_v1(self.authn.entropy());
        let rotation = Rotation {
            user: self.found.account.user.id,
            session: self.session.id,
            old: token,
            new: &new,
            seen: self.seen(),
        };
        let mut tx = self.authn.db(self.call).begin().await?;
        let issued = match spent {
            Spent::No => refreshes::rotate(&mut tx, &rotation).await?,
            Spent::Yes => {
                let live = self.found.live.as_ref().map_or(0, |live| live.id);
                refreshes::issue_again(&mut tx, &rotation, live).await?
            }
        };
        if !issued {
            return Ok(Outcome::Lost);
        }
        self.finish_swap(tx, new).await
    }

    /// The session leaves the first generation: the presented token was its last.
    async fn upgrade(mut self, token: &str, spent: Spent) -> Result<Outcome> {
        let key = refresh_token::new_hmac_key(self.authn.entropy());
        let column = self.authn.store_key(self.session.id, &key)?;
        let mut tx = self.authn.db(self.call).begin().await?;
        refreshes::touched(&mut tx, self.found.account.user.id, self.call.now);
        if !sessions::upgrade(&mut tx, self.session.id, &column, self.seen()).await?
            || !self.spend(&mut tx, token, spent).await?
        {
            return Ok(Outcome::Lost);
        }
        let new = self.authn.counter_token(self.session.id, 0, &column)?;
        self.session.refresh_token_hmac_key = Some(column);
        self.session.refresh_token_counter = Some(0);
        self.finish_swap(tx, new).await
    }

    /// The session has left the first generation already; its last token is still good for the
    /// reuse interval. Who raced the request that moved it gets what that one got.
    async fn swap_in_v2(mut self, token: &str, spent: Spent, counter: i64) -> Result<Outcome> {
        let column = self.session.refresh_token_hmac_key.clone();
        let column = column.ok_or_else(|| Error::internal("a session counts without a key"))?;
        if self.raced && spent == Spent::Yes {
            let current = self
                .authn
                .counter_token(self.session.id, counter, &column)?;
            return self.hand_out_again(current).await;
        }
        let mut tx = self.authn.db(self.call).begin().await?;
        refreshes::touched(&mut tx, self.found.account.user.id, self.call.now);
        if !sessions::advance(&mut tx, self.session.id, counter, self.seen()).await?
            || !self.spend(&mut tx, token, spent).await?
        {
            return Ok(Outcome::Lost);
        }
        let new = self
            .authn
            .counter_token(self.session.id, counter + 1, &column)?;
        self.session.refresh_token_counter = Some(counter + 1);
        self.finish_swap(tx, new).await
    }

    /// Spends the presented token, unless it was spent before; false when someone else just did.
    async fn spend(&self, tx: &mut Tx, token: &str, spent: Spent) -> Result<bool> {
        Ok(match spent {
            Spent::Yes => true,
            Spent::No => refreshes::revoke(tx, token, self.call.now).await?,
        })
    }

    async fn finish_swap(mut self, mut tx: Tx, new: String) -> Result<Outcome> {
        let (refreshed, revoked) = (Event::TokenRefreshed, Event::TokenRevoked);
        let (refreshed, revoked) = (self.entry(refreshed), self.entry(revoked));
        audit::append_both(
            &mut tx,
            self.call,
            self.authn.entropy(),
            &refreshed,
            &revoked,
        );
        tx.commit().await?;
        self.found.account.user.updated_at = self.call.now;
        let mut issued = self.issue(new)?;
        issued.trace.refresh_token_prefix = issued.prefix();
        issued.trace.reuse = Some(false);
        Ok(Outcome::Issued(Box::new(issued)))
    }

    /// The current token once more: nothing is spent.
    async fn hand_out_again(self, current: String) -> Result<Outcome> {
        let mut tx = self.authn.db(self.call).begin().await?;
        if !sessions::refreshed(&mut tx, self.session.id, self.seen()).await? {
            return Ok(Outcome::Lost);
        }
        self.audit(&mut tx, Event::TokenRefreshed);
        tx.commit().await?;
        let mut issued = self.issue(current)?;
        issued.trace.refresh_token_prefix = issued.prefix();
        Ok(Outcome::Issued(Box::new(issued)))
    }

    /// A replay ends the family: every live token of the session. Its access tokens live on, as
    /// they do on the recorded server. A family that has ended leaves nothing to write.
    async fn end_tokens(&self) -> Result<()> {
        let rotation = self.authn.0.settings.refresh.rotation_enabled;
        if !rotation || self.found.live.is_none() {
            return Ok(());
        }
        let mut tx = self.authn.db(self.call).begin().await?;
        if refreshes::end_tokens(&mut tx, self.session.id, self.call.now).await? > 0 {
            self.audit_replay(&mut tx);
        }
        tx.commit().await?;
        Ok(())
    }
}
