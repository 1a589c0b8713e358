//! What all adapters share: the border that every request passes, and replies.

pub mod apikey;
pub(crate) mod bearer;
mod body;
pub mod border;
pub mod call;
mod client;
pub mod cors;
pub mod exchange;
pub mod limits;
pub(crate) mod observe;
pub mod page_token;
pub mod reply;
pub mod serve;
mod stall;
