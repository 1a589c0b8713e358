//! Fakes for the outer edge only: clock, mail server, the line to the database, and the client
//! that asks. Everything behind it is the real thing.

pub mod clock;
pub mod http;
pub mod mailbox;
pub mod proxy;

pub use clock::TestClock;
