//! The server: adapters that decode, make one use-case call and encode, and what they share.

pub mod app;
pub mod banner;
pub mod config;
pub mod gotrue;
pub mod http;
pub mod management;
pub mod private;
pub mod routes;
pub mod start;

pub use app::App;
