//! May they? as use cases over the engine: models and stores in files, trying them out, and whole
//! stores in memory.

pub mod flaw;
pub mod model_file;
pub mod resident;
pub mod store_file;
pub mod try_out;

pub use flaw::{Failure, Files, Flaw};
pub use model_file::ModelFile;
pub use resident::Resident;
pub use store_file::StoreFile;
pub use try_out::{Report, TestReport, try_out};
