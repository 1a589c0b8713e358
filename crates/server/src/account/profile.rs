//! `PUT /profile`.

use crate::account::body::Fields;
use crate::account::error::Failure;
use crate::account::wire;
use crate::http::exchange::Exchange;
use crate::http::reply::Reply;
use authn::account::{AvatarUrl, Change, FullName, ProfileChanges};
use std::fmt::Display;

/// Changes the bearer's name and picture; a field that is left out stays, `null` removes it. Who
/// has no good token is told so before anything is said about the body.
pub(super) async fn change(exchange: &Exchange) -> Result<Reply, Failure> {
    let (authn, call) = (&exchange.app.authn, &exchange.call);
    let changes = read(exchange);
    let changes = match changes {
        Ok(changes) => changes,
        Err(failure) => {
            authn.member(call, exchange.bearer()).await?;
            return Err(failure);
        }
    };
    let member = authn
        .change_profile(call, exchange.bearer(), changes)
        .await?;
    Ok(wire::user(&member.account.user, &member.standing))
}

fn read(exchange: &Exchange) -> Result<ProfileChanges, Failure> {
    let mut fields = Fields::read(exchange, &["full_name", "avatar_url"])?;
    let changes = ProfileChanges {
        full_name: wanted(&mut fields, "full_name", FullName::parse),
        avatar_url: wanted(&mut fields, "avatar_url", AvatarUrl::parse),
    };
    fields.finish(Some(changes))
}

fn wanted<T, E: Display>(
    fields: &mut Fields,
    name: &str,
    parse: impl FnOnce(&str) -> Result<Option<T>, E>,
) -> Change<T> {
    if !fields.has(name) {
        return Change::Keep;
    }
    let value = fields.optional(name, |text| parse(&text));
    value.flatten().map_or(Change::Remove, Change::Set)
}
