//! How many random cases a property is tried on: more when fuzzing, fewer when in haste.

use proptest::prelude::ProptestConfig;

/// The percentage of the usual cases to run: `cargo xtask test --fast` asks for fewer, `cargo
/// xtask fuzz rebac` for many more.
const PERCENTAGE: &str = "CLAVIGER_TEST_CASES_PERCENTAGE";

/// As many cases as a whole test run tries, or the percentage of them that is asked for.
pub(crate) fn cases(usual: u32) -> ProptestConfig {
    let percentage: u64 = std::env::var(PERCENTAGE).map_or(100, |text| {
        text.parse()
            .unwrap_or_else(|error| panic!("{PERCENTAGE}={text}: {error}"))
    });
    let cases = u64::from(usual).saturating_mul(percentage).div_ceil(100);
    ProptestConfig::with_cases(u32::try_from(cases).unwrap_or(u32::MAX))
}
