//! The audit log as administrators read it.

use super::paging::{Paging, containing};
use crate::error::{Refusal, Result};
use crate::{Admin, Authn};
use store::audit::{self, Filter, LoggedEntry};
use types::Call;

/// A page of the audit log, newest first.
#[derive(Debug, Clone)]
pub struct AuditPage {
    /// The lines.
    pub entries: Vec<LoggedEntry>,
    /// How many match on all pages together.
    pub total: u64,
}

impl Authn {
    /// One page of the audit log. `query` is empty or `author:`, `action:` or `type:` and a part
    /// of what is looked for.
    pub async fn list_audit(
        &self,
        call: &Call,
        _admin: &Admin,
        paging: Paging,
        query: &str,
    ) -> Result<AuditPage> {
        let filter = parse_filter(query)?;
        let mut snapshot = self.db(call).snapshot().await?;
        let (limit, offset) = (paging.limit(), paging.offset());
        let entries = audit::list(&mut snapshot, &filter, limit, offset).await?;
        let total = audit::count(&mut snapshot, &filter).await?;
        Ok(AuditPage {
            entries,
            total: u64::try_from(total).unwrap_or(0),
        })
    }
}

fn parse_filter(query: &str) -> Result<Filter> {
    let mut filter = Filter::default();
    if query.is_empty() {
        return Ok(filter);
    }
    let unknown = || Refusal::AuditQuery(query.to_owned());
    let (scope, text) = query.split_once(':').ok_or_else(unknown)?;
    let column = match scope {
        "author" => &mut filter.author,
        "action" => &mut filter.action,
        "type" => &mut filter.log_type,
        _ => return Err(unknown().into()),
    };
    if !text.is_empty() {
        *column = Some(containing("query", &text.to_lowercase())?);
    }
    Ok(filter)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;

    #[test]
    fn the_log_is_searched_by_three_fields() {
        let filter = parse_filter("action:Log:in").unwrap();
        assert_eq!(filter.action.as_deref(), Some("%log:in%"));
        assert_eq!(parse_filter("type:").unwrap(), Filter::default());
        assert_eq!(parse_filter("").unwrap(), Filter::default());
        for query in ["zzz:1", "author", ":x", "Author:x"] {
            assert!(parse_filter(query).is_err(), "{query}");
        }
        let long = format!("action:{}", "x".repeat(10_000));
        let refused = parse_filter(&long).unwrap_err();
        assert!(matches!(
            refused,
            Error::Refused(Refusal::FieldTooLong { field: "query" })
        ));
    }
}
