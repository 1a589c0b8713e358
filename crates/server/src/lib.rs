//! The server: adapters that decode, make one use-case call and encode, and what they share.

pub mod account;
pub mod app;
pub mod authzen;
pub mod banner;
pub mod config;
pub mod gotrue;
pub mod http;
pub mod inbox;
pub mod jobs;
pub mod log;
pub mod mail;
pub mod management;
pub mod openfga;
pub mod private;
pub mod resources;
pub mod routes;
pub mod start;

pub use app::App;
