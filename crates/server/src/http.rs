//! What all adapters share: the border that every request passes, and replies.

pub mod apikey;
mod body;
pub mod border;
pub mod call;
mod client;
pub mod cors;
pub mod exchange;
pub mod limits;
pub(crate) mod observe;
pub mod reply;
pub mod serve;
mod stall;
