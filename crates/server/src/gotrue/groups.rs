//! What the groups of GoTrue's paths ask of a request before they look for a route, and the groups
//! of which nothing is built: those answer as if they were switched off.

use crate::gotrue::error::{self, Failure};
use crate::http::border::{Fault, Handled};
use crate::http::exchange::Exchange;
use crate::http::reply::Reply;
use authn::Refusal;

/// What stands before the paths of one group.
#[derive(Debug, Clone, Copy)]
enum Door {
    /// A user must show a good access token.
    User,
    /// An administrator must.
    Admin,
    /// Linking must be open to users.
    Linking,
    /// It is locked: status, code and text.
    Off(u16, &'static str, &'static str),
}

const SAML_OFF: Door = Door::Off(404, "saml_provider_disabled", "SAML 2.0 is disabled");
const PASSKEYS_OFF: Door = Door::Off(404, "passkey_disabled", "Passkeys are disabled");
const OAUTH_SERVER_OFF: Door = Door::Off(404, "feature_disabled", "OAuth server is disabled");
const SCIM_OFF: Door = Door::Off(404, "feature_disabled", "SCIM server is disabled");
const PROVIDERS_OFF: Door = Door::Off(
    404,
    "feature_disabled",
    "Custom OAuth providers cannot be changed on this server",
);

/// The groups, an outer one before the one inside it; `*` is any one segment.
const GROUPS: &[(&str, Door)] = &[
    ("/user", Door::User),
    ("/user/identities", Door::Linking),
    ("/user/oauth/grants", OAUTH_SERVER_OFF),
    ("/reauthenticate", Door::User),
    ("/factors", Door::User),
    ("/passkeys", PASSKEYS_OFF),
    ("/sso", SAML_OFF),
    ("/oauth", OAUTH_SERVER_OFF),
    ("/scim/v2", SCIM_OFF),
    ("/admin", Door::Admin),
    ("/admin/users/*/passkeys", PASSKEYS_OFF),
    ("/admin/sso/providers", SAML_OFF),
    ("/admin/oauth", OAUTH_SERVER_OFF),
    ("/admin/custom-providers", PROVIDERS_OFF),
];

/// Answers a request that has no route: that is told to those only whom the group would let in.
pub(super) fn stray(exchange: &Exchange, fault: Fault) -> Handled<'_> {
    Box::pin(async move {
        match enter(exchange).await {
            Ok(()) => error::fault(&exchange.parts, &exchange.call, &fault),
            Err(failure) => {
                let refused: Result<Reply, Failure> = Err(failure);
                error::worded(exchange, refused)
            }
        }
    })
}

async fn enter(exchange: &Exchange) -> Result<(), Failure> {
    let (authn, call) = (&exchange.app.authn, &exchange.call);
    let path = exchange.parts.uri.path();
    let doors = GROUPS.iter().filter(|(group, _)| is_inside(path, group));
    for (_, door) in doors {
        match *door {
            Door::User => drop(authn.authenticate(call, exchange.bearer()).await?),
            Door::Admin => drop(authn.authenticate_admin(call, exchange.bearer()).await?),
            Door::Linking if authn.settings().signup.manual_linking_enabled => {}
            Door::Linking => return Err(Refusal::ManualLinkingDisabled.into()),
            Door::Off(status, code, text) => return Err(Failure::Disabled(status, code, text)),
        }
    }
    Ok(())
}

fn is_inside(path: &str, group: &str) -> bool {
    let mut segments = path.split('/');
    group.split('/').all(|expected| {
        let segment = segments.next();
        segment.is_some_and(|segment| expected == "*" || segment == expected)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn groups_of(path: &str) -> Vec<&'static str> {
        let inside = GROUPS.iter().filter(|(group, _)| is_inside(path, group));
        inside.map(|(group, _)| *group).collect()
    }

    #[test]
    fn a_group_is_its_path_and_all_below() {
        assert_eq!(groups_of("/user"), ["/user"]);
        assert_eq!(groups_of("/user/nothing"), ["/user"]);
        assert_eq!(groups_of("/users"), [""; 0]);
        assert_eq!(groups_of("/oauth/token"), ["/oauth"]);
        assert_eq!(groups_of("/nope"), [""; 0]);
        let passkeys = groups_of("/admin/users/1/passkeys/2");
        assert_eq!(passkeys, ["/admin", "/admin/users/*/passkeys"]);
        assert_eq!(groups_of("/admin/users/1/factors"), ["/admin"]);
    }

    #[test]
    fn an_outer_group_is_asked_first() {
        let clients = groups_of("/admin/oauth/clients/1/regenerate_secret");
        assert_eq!(clients, ["/admin", "/admin/oauth"]);
        let grants = groups_of("/user/oauth/grants");
        assert_eq!(grants, ["/user", "/user/oauth/grants"]);
    }
}
