//! The integration tests of the server: one binary, one module per subject.

#[cfg(test)]
mod api;
#[cfg(test)]
mod app;
#[cfg(test)]
mod coverage;
#[cfg(test)]
mod golden;
#[cfg(test)]
mod refusing;
#[cfg(test)]
mod requests;
