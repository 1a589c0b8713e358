//! Lists of users.

use super::paging::{Paging, containing};
use crate::error::{Refusal, Result};
use crate::{Admin, Authn};
use store::admin_users::{self, Listing, Order};
use store::users::User;
use types::Call;

/// Which users an administrator wants to see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserQuery {
    /// The audience that they belong to.
    pub audience: String,
    /// Which page.
    pub paging: Paging,
    /// A part of the address or of the full name; empty: all users.
    pub filter: String,
    /// `created_at asc` or `created_at desc`; empty: the newest first.
    pub sort: String,
}

/// A page of users.
#[derive(Debug, Clone)]
pub struct UserPage {
    /// The users, without identities and factors.
    pub users: Vec<User>,
    /// How many match on all pages together.
    pub total: u64,
}

impl Authn {
    /// One page of the users of an audience, and how many there are: one round trip.
    pub async fn list_users(
        &self,
        call: &Call,
        _admin: &Admin,
        query: &UserQuery,
    ) -> Result<UserPage> {
        let pattern = match query.filter.as_str() {
            "" => None,
            filter => Some(containing("filter", filter)?),
        };
        let listing = Listing {
            audience: query.audience.clone(),
            pattern,
            order: parse_order(&query.sort)?,
            limit: query.paging.limit(),
            offset: query.paging.offset(),
        };
        let mut snapshot = self.db(call).snapshot().await?;
        let page = admin_users::page(&mut snapshot, &listing).await?;
        Ok(UserPage {
            users: page.users,
            total: u64::try_from(page.total).unwrap_or(0),
        })
    }
}

fn parse_order(sort: &str) -> Result<Order> {
    if sort.is_empty() {
        return Ok(Order::default());
    }
    let (field, direction) = sort.split_once(' ').unwrap_or((sort, "desc"));
    if field != "created_at" {
        return Err(Refusal::SortField(field.to_owned()).into());
    }
    if direction.eq_ignore_ascii_case("asc") {
        Ok(Order::OldestFirst)
    } else if direction.eq_ignore_ascii_case("desc") {
        Ok(Order::NewestFirst)
    } else {
        Err(Refusal::SortDirection(direction.to_owned()).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_sorted_by_creation_only() {
        for (sort, order) in [
            ("", Order::NewestFirst),
            ("created_at", Order::NewestFirst),
            ("created_at DESC", Order::NewestFirst),
            ("created_at asc", Order::OldestFirst),
        ] {
            assert_eq!(parse_order(sort).unwrap(), order, "{sort}");
        }
        for sort in ["email asc", "created_at up", "created_at asc, id", " "] {
            assert!(parse_order(sort).is_err(), "{sort}");
        }
    }
}
