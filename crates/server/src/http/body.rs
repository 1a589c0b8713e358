//! Bodies: read whole, each within its limit and all of them within one.

use crate::http::border::Fault;
use axum::body::{Body, Bytes};
use http_body_util::BodyExt;
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use types::Deadline;
use types::limits::BODY_BYTES_MAX;

/// Bytes of bodies that a server holds at once.
const ALL_BYTES_MAX: usize = 64 << 20;
/// The least room that is made for a body; it doubles from there on.
const ROOM_BYTES_MIN: usize = 4 * 1024;

const _: () = assert!(ALL_BYTES_MAX >= 16 * BODY_BYTES_MAX);

/// The room for the bodies of all requests under way.
#[derive(Debug)]
pub(super) struct Bodies(Arc<Semaphore>);

/// A body, and the room that is kept for it.
#[derive(Debug, Default)]
pub(super) struct Held {
    bytes: Vec<u8>,
    room: Option<OwnedSemaphorePermit>,
}

impl Default for Bodies {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(ALL_BYTES_MAX)))
    }
}

impl Bodies {
    /// Reads a body to its end. Room is made for what has arrived, not for what was announced:
    /// an announcement costs nothing.
    pub(super) async fn read(&self, mut body: Body, deadline: Deadline) -> Result<Held, Fault> {
        let mut held = Held::default();
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|_| Fault::BodyBroken)?;
            let Ok(chunk) = frame.into_data() else {
                continue;
            };
            let length = held.bytes.len() + chunk.len();
            if length > BODY_BYTES_MAX {
                return Err(Fault::BodyTooLarge);
            }
            self.make_room(&mut held, length, deadline).await?;
            // Copied: a chunk would keep all of the connection's buffer alive.
            held.bytes.extend_from_slice(&chunk);
        }
        Ok(held)
    }

    async fn make_room(
        &self,
        held: &mut Held,
        length: usize,
        deadline: Deadline,
    ) -> Result<(), Fault> {
        let has = held
            .room
            .as_ref()
            .map_or(0, OwnedSemaphorePermit::num_permits);
        if length <= has {
            return Ok(());
        }
        let wanted = length
            .next_power_of_two()
            .clamp(ROOM_BYTES_MIN, BODY_BYTES_MAX);
        let missing = u32::try_from(wanted - has).map_err(|_| Fault::BodyTooLarge)?;
        let more = Arc::clone(&self.0).acquire_many_owned(missing);
        let more = tokio::time::timeout_at(deadline.instant().into(), more).await;
        let Ok(Ok(more)) = more else {
            return Err(Fault::Busy);
        };
        match &mut held.room {
            Some(room) => room.merge(more),
            None => held.room = Some(more),
        }
        held.bytes.reserve_exact(wanted - held.bytes.len());
        Ok(())
    }
}

impl Held {
    /// The body, and what must be kept as long as it.
    pub(super) fn into_parts(self) -> (Bytes, Option<OwnedSemaphorePermit>) {
        (self.bytes.into(), self.room)
    }
}

#[cfg(test)]
mod tests;
