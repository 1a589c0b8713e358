//! Signed links to files: short-lived, verified without the database, dead once the right or the
//! token is taken back.

use super::Access;
use super::error::{Refusal, Result};
use super::resource::{Asker, Resource, everybody, key, object};
use super::session::traits;
use super::word::{Kind, Method, Permission};
use crate::question::FirstQuestion;
use crate::request::Consistency;
use aws_lc_rs::hmac;
use data_encoding::BASE64URL_NOPAD;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use types::audit::Event;
use types::{Call, Time, UserId};
use uuid::Uuid;

/// The longest life of a token.
pub const SPAN_MAX: Duration = Duration::from_secs(24 * 60 * 60);
/// By how much the clocks of two servers may differ.
pub const SKEW_MAX: Duration = Duration::from_secs(120);
/// The form of a token, its first byte.
const FORM: u8 = 1;
/// Bytes of what is signed, and of the signature (HMAC-SHA256, RFC 2104).
const BODY_BYTES: usize = 1 + 16 + 16 + 16 + 1 + 8 + 8;
const TAG_BYTES: usize = 32;

/// Signs tokens, and verifies those that it has signed.
#[derive(Clone)]
pub struct MediaKey(hmac::Key);

/// What a token is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MediaToken {
    /// The token, by which it is taken back.
    pub id: Uuid,
    /// The file.
    pub media: Uuid,
    /// Whose right to the file it carries to whoever holds it.
    pub audience: UserId,
    /// To look at the file, or to take it along.
    pub permission: Permission,
    /// When it was signed.
    pub issued_at: Time,
    /// From when on it is good for nothing.
    pub expires_at: Time,
}

/// What is to be signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MediaRequest {
    /// The file.
    pub media: Uuid,
    /// For whom; none: for whoever asks. Only a service may sign for somebody else.
    pub user: Option<UserId>,
    /// To look at the file, or to take it along.
    pub permission: Permission,
    /// For how long.
    pub span: Duration,
}

/// A signed token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// What it is good for.
    pub token: MediaToken,
    /// As it goes into a link.
    pub text: String,
    /// It rests on an emergency access alone.
    pub is_emergency: bool,
}

/// What came of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opened {
    /// It is good.
    Good {
        /// What for.
        token: MediaToken,
        /// The right behind it rests on an emergency access alone.
        is_emergency: bool,
    },
    /// It was signed by nobody, has expired, or is not valid yet.
    Bad,
    /// It was good, but the right or the token itself was taken back.
    Revoked,
}

impl MediaKey {
    /// A key of the tokens alone.
    pub const fn new(key: hmac::Key) -> Self {
        Self(key)
    }

    /// A token as text.
    fn sign(&self, token: &MediaToken) -> String {
        let mut bytes = token.bytes().to_vec();
        let tag = hmac::sign(&self.0, &bytes);
        bytes.extend_from_slice(tag.as_ref());
        BASE64URL_NOPAD.encode(&bytes)
    }

    /// Reads a token that was signed here and is good at `now`.
    fn verify(&self, text: &str, now: Time) -> Option<MediaToken> {
        // No other text is that of this token: the decoder refuses loose bits at the end.
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
        let (body, tag) = bytes.split_at_checked(BODY_BYTES)?;
        if tag.len() != TAG_BYTES {
            return None;
        }
        hmac::verify(&self.0, body, tag).ok()?;
        let token = MediaToken::read(body)?;
        let is_begun = token.issued_at <= now + SKEW_MAX;
        // A signature vouches for the times too; a life too long is nobody's token.
        let is_short = token.expires_at <= token.issued_at + SPAN_MAX;
        (is_begun && is_short && token.expires_at > now).then_some(token)
    }
}

impl fmt::Debug for MediaKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MediaKey").finish_non_exhaustive()
    }
}

impl MediaToken {
    /// All fields, each of a fixed width: no two tokens are written alike.
    fn bytes(&self) -> [u8; BODY_BYTES] {
        let mut bytes = [0; BODY_BYTES];
        let permission = u8::from(self.permission == Permission::Download);
        let parts = [FORM].into_iter();
        let parts = parts.chain(self.id.into_bytes());
        let parts = parts.chain(self.media.into_bytes());
        let parts = parts.chain(self.audience.0.into_bytes());
        let parts = parts.chain([permission]);
        let parts = parts.chain(self.issued_at.0.to_be_bytes());
        let parts = parts.chain(self.expires_at.0.to_be_bytes());
        for (place, byte) in bytes.iter_mut().zip(parts) {
            *place = byte;
        }
        bytes
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let mut at = 0;
        let mut take = |count: usize| {
            let part = bytes.get(at..at + count);
            at += count;
            part
        };
        if take(1)? != [FORM] {
            return None;
        }
        let id = Uuid::from_slice(take(16)?).ok()?;
        let media = Uuid::from_slice(take(16)?).ok()?;
        let audience = UserId(Uuid::from_slice(take(16)?).ok()?);
        let permission = match take(1)? {
            [0] => Permission::View,
            [1] => Permission::Download,
            _ => return None,
        };
        let issued_at = Time(i64::from_be_bytes(take(8)?.try_into().ok()?));
        let expires_at = Time(i64::from_be_bytes(take(8)?.try_into().ok()?));
        Some(Self {
            id,
            media,
            audience,
            permission,
            issued_at,
            expires_at,
        })
    }
}

impl Access {
    /// Signs a link to a file that a user may view or download.
    pub async fn sign_media(
        &self,
        call: &Call,
        asker: Asker,
        request: MediaRequest,
    ) -> Result<Signed> {
        let audience = super::decide::subject(asker, request.user)?;
        if !matches!(request.permission, Permission::View | Permission::Download) {
            return Err(Refusal::invalid("permission", "must be view or download").into());
        }
        if request.span < Duration::from_secs(1) || request.span > SPAN_MAX {
            let fault = format!("must be 1 to {}", SPAN_MAX.as_secs());
            return Err(Refusal::invalid("expires_in", fault).into());
        }
        let resource = Resource::new(Kind::Media, request.media);
        let item = super::decide::Item {
            resource,
            permission: request.permission,
        };
        let ask = super::decide::Ask {
            asker,
            user: request.user,
            items: vec![item],
            explains: false,
            consistency: Consistency::MinimizeLatency,
        };
        let (decisions, _) = self.decide(call, &ask).await?;
        let decision = decisions.into_iter().next();
        let decision = decision.ok_or(Refusal::NotFound(Kind::Media.name()))?;
        if !decision.granted() {
            return Err(refused(&decision).into());
        }
        let ends = call.now + request.span;
        let token = MediaToken {
            id: self.entropy().uuid(),
            media: request.media,
            audience,
            permission: request.permission,
            issued_at: call.now,
            // A link does not outlive the grant that it rests on.
            expires_at: decision.expires_at.map_or(ends, |at| at.min(ends)),
        };
        let text = self.settings().media_key.sign(&token);
        Ok(Signed {
            token,
            text,
            is_emergency: decision.is_emergency,
        })
    }

    /// Looks at a token: signature and times first, then whether its right is still there and
    /// nobody has taken it back. Where the store is in memory, the database is asked for the
    /// account alone, once in two seconds; and the use of an emergency access is written down.
    pub async fn open_media(&self, call: &Call, text: &str) -> Result<Opened> {
        let Some(token) = self.settings().media_key.verify(text, call.now) else {
            return Ok(Opened::Bad);
        };
        let resource = Resource::new(Kind::Media, token.media);
        let granting = self.paths().granting(Kind::Media, token.permission);
        let Some(granting) = granting else {
            return Ok(Opened::Bad);
        };
        let right = FirstQuestion::of(token.audience, resource, &granting.relations);
        let revoked = FirstQuestion {
            user: Arc::clone(&right.user),
            object: object("media_token", token.id).to_string().into(),
            relations: [REVOKED.to_owned()].into(),
        };
        let questions = [right, revoked];
        let scope = self.scope(Consistency::MinimizeLatency);
        let answered = self.authz().first(call, scope, &questions).await?;
        let mut held = answered.value.into_iter();
        let mut next = || held.next().transpose().map(Option::flatten);
        let (right, revoked) = (next()?, next()?);
        if right.is_none() || revoked.is_some() || !self.counts(call, token.audience).await? {
            return Ok(Opened::Revoked);
        }
        let is_emergency = granting.method(right) == Some(Method::EmergencyAccess);
        if is_emergency {
            let (audience, used) = (token.audience, [resource].into());
            self.note_emergency_use(call, Asker::User(audience), audience, &used)
                .await?;
        }
        Ok(Opened::Good {
            token,
            is_emergency,
        })
    }

    /// Takes a token back: by its audience, by whoever may delete the file, or by a service.
    pub async fn revoke_media(&self, call: &Call, asker: Asker, text: &str) -> Result<i64> {
        let token = self.settings().media_key.verify(text, call.now);
        let token = token.ok_or(Refusal::NotFound("token"))?;
        let mut session = self.begin(call, asker).await?;
        if asker != Asker::Service && asker != Asker::User(token.audience) {
            let resource = Resource::new(Kind::Media, token.media);
            session.require(resource, Permission::Delete).await?;
        }
        let revoking = key(&object("media_token", token.id), REVOKED, everybody());
        // Beyond its end, on the clock of any server, it needs no revocation any more.
        let until = token.expires_at + SKEW_MAX;
        session.transaction.write(revoking, Some(until));
        let traits = traits! {
            "token": token.id.to_string(),
            "resource": Resource::new(Kind::Media, token.media).to_string(),
        };
        session.note(Event::MediaTokenRevoked, Some(token.audience), traits);
        session.commit().await
    }
}

/// The relation that stands for a token that was taken back.
const REVOKED: &str = "revoked";

fn refused(decision: &super::decide::Decision) -> Refusal {
    match decision.denial {
        Some(super::word::Denial::AccountInactive) => Refusal::Inactive,
        Some(super::word::Denial::PermissionNotGranted) => Refusal::Forbidden {
            permission: decision.item.permission,
            kind: decision.item.resource.kind,
            is_emergency: decision.is_emergency,
        },
        _ => Refusal::NotFound(decision.item.resource.kind.name()),
    }
}

#[cfg(test)]
mod tests;
