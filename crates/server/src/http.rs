//! What all adapters share: the border that every request passes, and replies.

pub mod apikey;
pub mod border;
pub mod call;
pub mod cors;
pub mod exchange;
pub mod limits;
pub mod reply;
pub mod serve;
mod stall;
