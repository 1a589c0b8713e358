//! Tests of what the parts of a server are told.

use super::*;
use crate::config::{self, Flags};

#[test]
fn development_counts_addresses_where_that_is_configured() {
    let nothing = |_: &Path| Err(std::io::ErrorKind::NotFound.into());
    let counts = |environment: &[(&str, &str)]| {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let environment = environment.iter().map(owned);
        let loaded = config::load(&Flags::default(), environment, &nothing).unwrap();
        assert_eq!(loaded.config.mode, config::Mode::Development);
        settings::border(&loaded.config).count_peers
    };
    assert!(!counts(&[]));
    assert!(counts(&[("CLAVIGER_LIMITS_BY_PEER_ADDRESS", "true")]));
}
