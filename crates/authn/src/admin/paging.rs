//! Pages of lists, as administrators ask for them.

use super::go;
use crate::error::{Refusal, Result};
use types::limits::PAGE_ITEMS_MAX;

/// Items of a page where nothing is asked for.
const PAGE_ITEMS_DEFAULT: u64 = 50;

/// Which page of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paging {
    /// The number of the page as it was asked for; 0 shows the first page too.
    pub page: u64,
    /// Items of a page, at most [`PAGE_ITEMS_MAX`].
    pub per_page: u64,
}

impl Paging {
    /// Reads `page` and `per_page`; empty texts stand for the first page and 50 items. Larger
    /// pages than allowed become as large as allowed.
    pub fn parse(page: &str, per_page: &str) -> Result<Self> {
        let number = |text: &str, absent: u64| match text {
            "" => Ok(absent),
            text => go::parse_uint(text).map_err(Refusal::Pagination),
        };
        let (page, per_page) = (number(page, 1)?, number(per_page, PAGE_ITEMS_DEFAULT)?);
        if per_page == 0 {
            let reason = "per_page must be at least 1".to_owned();
            return Err(Refusal::Pagination(reason).into());
        }
        let most = u64::try_from(PAGE_ITEMS_MAX).unwrap_or(u64::MAX);
        Ok(Self {
            page,
            per_page: per_page.min(most),
        })
    }

    /// How many pages `total` items fill.
    pub const fn pages(self, total: u64) -> u64 {
        total.div_ceil(self.per_page)
    }

    pub(super) fn limit(self) -> i64 {
        i64::try_from(self.per_page).unwrap_or(i64::MAX)
    }

    pub(super) fn offset(self) -> i64 {
        let passed = self.page.saturating_sub(1).saturating_mul(self.per_page);
        i64::try_from(passed).unwrap_or(i64::MAX)
    }
}

/// A `LIKE` pattern for texts that contain `text`, whatever characters it has; `field` is where
/// the text was given.
pub(super) fn containing(field: &'static str, text: &str) -> Result<String> {
    if text.chars().count() > types::limits::SEARCH_CHARACTERS_MAX {
        return Err(Refusal::FieldTooLong { field }.into());
    }
    let mut pattern = String::from("%");
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    Ok(pattern)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(page: &str, per_page: &str) -> Result<(i64, i64), String> {
        let paging = Paging::parse(page, per_page).map_err(|e| e.to_string())?;
        Ok((paging.limit(), paging.offset()))
    }

    #[test]
    fn pages_are_cut_where_the_list_says() {
        assert_eq!(parse("", ""), Ok((50, 0)));
        assert_eq!(parse("0", "3"), Ok((3, 0)));
        assert_eq!(parse("3", "3"), Ok((3, 6)));
        assert_eq!(parse("2", "100000"), Ok((1_000, 1_000)));
        let most = u64::MAX.to_string();
        assert_eq!(parse(&most, &most), Ok((1_000, i64::MAX)));
        for (page, per_page) in [("x", ""), ("-1", ""), ("", "0"), ("1e3", ""), ("", " 1")] {
            assert!(parse(page, per_page).is_err(), "{page:?} {per_page:?}");
        }
    }

    #[test]
    fn the_last_page_may_be_short_or_missing() {
        let paging = Paging::parse("", "3").unwrap();
        assert_eq!([0, 1, 3, 4].map(|total| paging.pages(total)), [0, 1, 1, 2]);
    }

    #[test]
    fn searches_are_literal() {
        assert_eq!(containing("filter", "a%_\\b").unwrap(), "%a\\%\\_\\\\b%");
        assert!(containing("filter", &"x".repeat(10_000)).is_err());
    }
}
