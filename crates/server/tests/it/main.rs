//! The integration tests of the server: one binary, one module per subject.

#[cfg(test)]
mod app;
#[cfg(test)]
<<<<<<< HEAD
mod cleanup;
=======
mod contacts;
>>>>>>> main
#[cfg(test)]
mod engines;
#[cfg(test)]
mod golden;
#[cfg(test)]
mod inbox;
#[cfg(test)]
mod mail;
#[cfg(test)]
mod outage;
#[cfg(test)]
mod sessions;
