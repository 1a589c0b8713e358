//! The integration tests of the server: one binary, one module per subject.

#[cfg(test)]
mod account;
#[cfg(test)]
mod administration;
#[cfg(test)]
mod adopted;
#[cfg(test)]
mod api;
#[cfg(test)]
mod app;
#[cfg(test)]
mod authzen;
#[cfg(test)]
mod border;
#[cfg(test)]
mod cleanup;
#[cfg(test)]
mod contacts;
#[cfg(test)]
mod coverage;
#[cfg(test)]
mod documents;
#[cfg(test)]
mod engines;
#[cfg(test)]
mod golden;
#[cfg(test)]
mod inbox;
#[cfg(test)]
mod mail;
#[cfg(test)]
mod openfga;
#[cfg(test)]
mod outage;
#[cfg(test)]
mod refusing;
#[cfg(test)]
mod requests;
#[cfg(test)]
mod resources;
#[cfg(test)]
mod second_factors;
#[cfg(test)]
mod sessions;
#[cfg(test)]
mod unlinking;
