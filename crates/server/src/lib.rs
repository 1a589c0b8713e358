//! The server: adapters that decode, make one use-case call and encode, and what they share.

pub mod gotrue;
