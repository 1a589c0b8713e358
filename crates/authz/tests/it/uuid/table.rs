//! The tables of `decisions.md`, read line by line.

use std::collections::BTreeMap;

pub(super) const TEXT: &str = include_str!("../../../models/uuid/decisions.md");

/// One table.
#[derive(Debug)]
pub(super) struct Section {
    pub(super) title: String,
    /// What is asked about.
    pub(super) type_name: &'static str,
    pub(super) lines: Vec<Line>,
}

/// One line of a table.
#[derive(Debug)]
pub(super) struct Line {
    /// In the file, from 1; no two lines speak of the same objects.
    pub(super) number: usize,
    pub(super) text: String,
    /// Who asks, and under which circumstances.
    pub(super) phrases: Vec<String>,
    /// What is expected, by column.
    pub(super) cells: BTreeMap<String, String>,
}

/// All tables.
pub(super) fn sections() -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    let mut columns: Vec<String> = Vec::new();
    for (number, text) in (1..).zip(TEXT.lines()) {
        if let Some(title) = text.strip_prefix("## ") {
            sections.push(Section {
                title: title.to_owned(),
                type_name: "",
                lines: Vec::new(),
            });
        } else if let Some(about) = text.strip_prefix("Asked about: the ") {
            last(&mut sections).type_name = type_of(about);
        } else if text.starts_with("| who asks |") {
            columns = cells(text);
        } else if text.starts_with("| ") && !text.starts_with("| ---") {
            let line = line(number, text, &columns);
            last(&mut sections).lines.push(line);
        }
    }
    assert!(sections.len() >= 12, "{} sections", sections.len());
    sections
}

fn last(sections: &mut [Section]) -> &mut Section {
    sections.last_mut().expect("a table stands in a section")
}

fn type_of(about: &str) -> &'static str {
    match about {
        "generation." | "generation and the project." => "generation",
        "project." => "project",
        "file." => "media",
        "style stack." => "style_stack",
        "team." => "team",
        other => panic!("what is `{other}`?"),
    }
}

fn line(number: usize, text: &str, columns: &[String]) -> Line {
    let cells = cells(text);
    assert_eq!(cells.len(), columns.len(), "line {number}: {text}");
    let phrases = cells.iter().take(2).flat_map(|cell| cell.split("; "));
    let expected = columns.iter().zip(&cells).skip(2);
    let expected = expected.filter(|(column, _)| *column != "settles");
    Line {
        number,
        text: text.to_owned(),
        phrases: phrases.map(str::to_owned).collect(),
        cells: expected
            .map(|(column, cell)| (column.clone(), cell.clone()))
            .collect(),
    }
}

fn cells(text: &str) -> Vec<String> {
    let inner = text.trim().trim_matches('|');
    inner
        .split(" | ")
        .map(|cell| cell.trim().to_owned())
        .collect()
}
