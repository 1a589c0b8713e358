//! May they? as use cases over the engine: stores, models, tuples and questions; models and stores
//! in files, and trying them out. No SQL text, no HTTP, no sign-in.

pub mod access;
mod asked;
pub mod assertions;
mod error;
mod expiry;
pub mod flaw;
pub mod import;
mod judge;
mod known;
pub mod model_file;
pub mod models;
mod question;
pub mod reading;
pub mod ready;
pub mod request;
pub mod resident;
mod service;
pub mod store_file;
pub mod stores;
mod transaction;
pub mod try_out;
pub mod tuple_file;
pub mod write;
mod writer;
pub mod written;

pub use error::{Error, Refusal, Result};
pub use flaw::{Failure, Files, Flaw};
pub use model_file::ModelFile;
pub use question::{
    ExpandNode, ExpandTree, Explained, Listing, ObjectStream, StreamedObjects, Turn, Until, Verdict,
};
pub use request::{
    Answered, CheckQuestion, Consistency, Given, List, ObjectsQuestion, OnDuplicate, OnMissing,
    Page, Paged, Scope, UsersQuestion, Write, WrittenTuple,
};
pub use resident::Resident;
pub use service::{Authz, Settings};
pub use store_file::StoreFile;
pub use try_out::{Report, TestReport, try_out};
