//! Fakes for the outer edge only: the clock. Everything behind it is the real thing.

pub mod clock;

pub use clock::TestClock;
