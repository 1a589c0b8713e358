//! What must not be in the database after an attack.

use crate::api::Api;
use store::Read;
use store::db::{Query, Stmt};

/// Counts rows with line breaks, control characters or too much text where people are named.
pub(super) async fn nothing_bad_is_stored(api: &Api) {
    const USERS: Query = bad(
        "SELECT count(*) FROM users WHERE deleted_at IS NULL AND (
            aud || role || coalesce(email, '') || coalesce(phone, '') GLOB '*[' || char(1) || '-' ||
                char(31) || ']*'
            OR length(aud) > 255 OR length(role) > 255 OR length(phone) > 15
            OR email NOT LIKE '%_@_%')",
        "SELECT count(*) FROM users WHERE deleted_at IS NULL AND (
            aud || role || coalesce(email, '') || coalesce(phone, '') ~ '[[:cntrl:]]'
            OR length(aud) > 255 OR length(role) > 255 OR length(phone) > 15
            OR email NOT LIKE '%_@_%')",
    );
    const FACTORS: Query = bad(
        "SELECT count(*) FROM mfa_factors WHERE length(friendly_name) > 255
            OR friendly_name GLOB '*[' || char(1) || '-' || char(31) || ']*'",
        "SELECT count(*) FROM mfa_factors WHERE length(friendly_name) > 255
            OR friendly_name ~ '[[:cntrl:]]'",
    );
    const MAILS: Query = bad(
        "SELECT count(*) FROM outbox
            WHERE recipient || subject GLOB '*[' || char(1) || '-' || char(31) || ']*'",
        "SELECT count(*) FROM outbox WHERE recipient || subject ~ '[[:cntrl:]]'",
    );
    let mut db = api.store().db(&api.app.call());
    for query in [USERS, FACTORS, MAILS] {
        let rows = db.rows(query, Vec::new()).await.expect("a count");
        let count = rows.into_iter().next().map(|mut row| row.take::<i64>());
        assert_eq!(
            count.expect("a row").expect("a number"),
            0,
            "{}",
            query.0.sqlite
        );
    }
}

const fn bad(sqlite: &'static str, postgres: &'static str) -> Query {
    Query(Stmt {
        name: "refusing",
        sqlite,
        postgres,
        scan: Some("a test"),
    })
}
