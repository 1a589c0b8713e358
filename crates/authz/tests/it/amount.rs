//! How much a test tries: less in haste.

/// The percentage of the usual amount: `cargo xtask test --fast` asks for less.
const PERCENTAGE: &str = "CLAVIGER_TEST_CASES_PERCENTAGE";

/// As much as a whole test run tries, or the percentage of it that is asked for, up to all of it.
pub(crate) fn amount(usual: u64) -> u64 {
    let percentage: u64 = std::env::var(PERCENTAGE).map_or(100, |text| {
        text.parse()
            .unwrap_or_else(|error| panic!("{PERCENTAGE}={text}: {error}"))
    });
    (usual * percentage.min(100)).div_ceil(100)
}
