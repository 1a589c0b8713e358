//! Trying a store out: its model and tuples are loaded, and its tests asked and compared.

mod asked;
mod loaded;

use crate::flaw::Failure;
use crate::ready::ReadyModel;
use crate::store_file::{StoreFile, Test};
use asked::Asked;
use loaded::Loaded;
use rebac::Names;

/// What came of trying a store out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Its tests, in their order.
    pub tests: Vec<TestReport>,
}

/// What came of one test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestReport {
    /// What it is called.
    pub name: String,
    /// How many assertions are as they were expected.
    pub passed: usize,
    /// The others, a line each: what was asked, what was expected, what it is.
    pub failures: Vec<String>,
}

impl Report {
    /// How many assertions are as they were expected.
    pub fn passed(&self) -> usize {
        self.tests.iter().map(|test| test.passed).sum()
    }

    /// How many are not.
    pub fn failed(&self) -> usize {
        self.tests.iter().map(|test| test.failures.len()).sum()
    }
}

/// Tries a store out.
///
/// # Errors
///
/// When its model is not valid, or a tuple is none that the model takes: then nothing is asked.
pub fn try_out(store: &StoreFile) -> Result<Report, Failure> {
    store.model.check()?;
    let mut names = Names::default();
    let rules = ReadyModel::new(store.model.model.clone(), &mut names);
    let mut base = Loaded::new(names);
    let mut flaws = base.add(&rules, &store.file, &store.tuples);
    let mut ready = Vec::new();
    for test in &store.tests {
        let mut loaded = base.clone();
        flaws.extend(loaded.add(&rules, &store.file, &test.tuples));
        ready.push((test, loaded));
    }
    if !flaws.is_empty() {
        return Err(Failure::Flawed(flaws));
    }
    let tests = ready.into_iter();
    Ok(Report {
        tests: tests
            .map(|(test, loaded)| run(&rules, loaded, test))
            .collect(),
    })
}

fn run(rules: &ReadyModel, loaded: Loaded, test: &Test) -> TestReport {
    let mut asked = Asked::new(rules, loaded);
    for check in &test.checks {
        asked.check(check);
    }
    for list in &test.list_objects {
        asked.list_objects(list);
    }
    for list in &test.list_users {
        asked.list_users(list);
    }
    TestReport {
        name: test.name.clone(),
        passed: asked.passed,
        failures: asked.failures,
    }
}
