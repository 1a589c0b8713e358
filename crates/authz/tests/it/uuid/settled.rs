//! Each row of the design's table and each contradiction is settled somewhere.

use super::table::TEXT;
use std::collections::BTreeSet;

const README: &str = include_str!("../../../models/README.md");

/// The numbers in a list such as `3-6, 14`; words behind a colon are no numbers.
fn numbers(list: &str) -> Vec<usize> {
    let list = list.split(':').next().unwrap_or_default();
    let number = |text: &str| text.trim().parse::<usize>().ok();
    let spans = list.split(',').filter_map(|one| match one.split_once('-') {
        Some((first, last)) => Some(number(first)?..=number(last)?),
        None => Some(number(one)?..=number(one)?),
    });
    spans.flatten().collect()
}

/// What the last cells of the tables name, with this in front of the numbers.
fn named(prefix: &str) -> BTreeSet<usize> {
    let lines = TEXT.lines().filter(|line| line.starts_with("| "));
    let last = lines.filter_map(|line| line.trim_end_matches(" |").rsplit("| ").next());
    let parts = last.flat_map(|cell| cell.split("; "));
    let lists = parts.filter_map(|part| {
        let list = part.strip_prefix(prefix)?.trim_start_matches('s').trim();
        list.starts_with(|one: char| one.is_ascii_digit())
            .then_some(list)
    });
    lists.flat_map(numbers).collect()
}

/// The lines of a section of the README that begin with a number.
fn listed(title: &str) -> BTreeSet<usize> {
    let section = README.split("## ").find(|part| part.starts_with(title));
    let lines = section.expect("the section").lines();
    let firsts = lines.filter_map(|line| line.strip_prefix("| ")?.split(" | ").next());
    firsts.filter_map(|cell| cell.parse().ok()).collect()
}

#[test]
fn every_row_is_shown_or_kept_elsewhere() {
    let mut rows = named("");
    rows.extend(listed("The rows of the design"));
    assert_eq!(rows, (1..=17).collect());
}

#[test]
fn every_contradiction_is_settled() {
    let settled = listed("What contradicted itself");
    assert_eq!(settled, (1..=20).collect());
    // What the model decides is in its tables as well.
    let shown = named("contradiction");
    let of_the_model = BTreeSet::from([3, 4, 5, 6, 7, 8, 9, 11, 14, 15, 19]);
    assert!(shown.is_superset(&of_the_model), "{shown:?}");
    assert!(shown.is_subset(&settled), "{shown:?}");
}
