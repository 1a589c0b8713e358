//! Pages of users for administrators: one audience, filtered, sorted and counted.

use crate::db::{Row, Snapshot, params, statements};
use crate::error::Result;
use crate::users::{User, user_columns};
use uuid::Uuid;

/// Which users are meant: those of audience `$2` that match pattern `$3`, if there is one.
macro_rules! listed {
    ($like:literal, $full_name:literal) => {
        concat!(
            " FROM users WHERE instance_id = $1 AND aud = $2 AND (CAST($3 AS TEXT) IS NULL OR email ",
            $like,
            " $3 ESCAPE '\\' OR ",
            $full_name,
            " ",
            $like,
            " $3 ESCAPE '\\')"
        )
    };
    (sqlite) => {
        listed!("LIKE", "json_extract(raw_user_meta_data, '$.full_name')")
    };
    (postgres) => {
        listed!("ILIKE", "raw_user_meta_data->>'full_name'")
    };
}

/// One page of them. Rows made by hand may lack a time; both engines put them at the same end.
macro_rules! page {
    ($engine:ident, $order:literal) => {
        concat!(
            "SELECT ",
            user_columns!(),
            listed!($engine),
            " ORDER BY ",
            $order,
            " LIMIT $4 OFFSET $5"
        )
    };
}

statements! {
    Query NEWEST_FIRST scan "GoTrue's users have no index on audience or creation" = {
        sqlite: page!(sqlite, "created_at DESC NULLS FIRST, id DESC"),
        postgres: page!(postgres, "created_at DESC NULLS FIRST, id DESC"),
    };
    Query OLDEST_FIRST scan "GoTrue's users have no index on audience or creation" = {
        sqlite: page!(sqlite, "created_at ASC NULLS LAST, id ASC"),
        postgres: page!(postgres, "created_at ASC NULLS LAST, id ASC"),
    };
    Query COUNT scan "GoTrue's users have no index on audience" = {
        sqlite: concat!("SELECT count(*)", listed!(sqlite)),
        postgres: concat!("SELECT count(*)", listed!(postgres)),
    };
}

/// By what a list of users is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// The newest account first.
    #[default]
    NewestFirst,
    /// The oldest account first.
    OldestFirst,
}

/// Which page of which users.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// The audience that they belong to.
    pub audience: String,
    /// A `LIKE` pattern, `\` before literal `%`, `_` and `\`, that the address or the full name in
    /// the user's metadata must match; letter case does not matter.
    pub pattern: Option<String>,
    /// The order.
    pub order: Order,
    /// The most users to return.
    pub limit: i64,
    /// How many to pass over.
    pub offset: i64,
}

/// A page of users, without identities and factors.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// The users.
    pub users: Vec<User>,
    /// How many match on all pages together.
    pub total: i64,
}

/// One page and the number of all matching users, both of one point in time.
pub async fn page(snapshot: &mut Snapshot, listing: &Listing) -> Result<Page> {
    let (audience, pattern) = (listing.audience.as_str(), listing.pattern.as_deref());
    let list = match listing.order {
        Order::NewestFirst => NEWEST_FIRST,
        Order::OldestFirst => OLDEST_FIRST,
    };
    let (limit, offset) = (listing.limit, listing.offset);
    let batch = vec![
        (list, params![Uuid::nil(), audience, pattern, limit, offset]),
        (COUNT, params![Uuid::nil(), audience, pattern]),
    ];
    let mut sets = snapshot.all(batch).await?.into_iter();
    let rows = sets.next().unwrap_or_default();
    let users = rows.into_iter().map(|mut row| User::take(&mut row));
    let count = sets.next().and_then(|rows| rows.into_iter().next());
    Ok(Page {
        users: users.collect::<Result<_>>()?,
        total: count.map_or(Ok(0), |mut row: Row| row.take())?,
    })
}
