//! The beginning of a sign-in at a provider, and of linking an account there to a user.

use crate::error::{Refusal, Result};
use crate::pkce::{self, Challenge};
use crate::{Asked, Authn};
use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::BASE64URL_NOPAD;
use std::collections::BTreeMap;
use store::flows::{self, Flow};
use store::one_time_tokens::{self, TokenType};
use types::{Call, FlowId, UserId};

/// How the user will have signed in, by GoTrue's name.
const METHOD: &str = "oauth";
/// Random bytes of a verifier: 43 characters, the least that RFC 7636 section 4.1 allows.
const VERIFIER_BYTES: usize = 32;

/// Parameters of the request to the provider that no client may set (in any letter case): they
/// decide whom the answer goes to and whether it is believed.
const RESERVED: &[&str] = &[
    "client_id",
    "client_secret",
    "redirect_uri",
    "response_type",
    "state",
    "code_challenge",
    "code_challenge_method",
    "code_verifier",
];
/// Parameters that are for us and nobody else: two of them are secrets.
const OURS: &[&str] = &["provider", "scopes", "invite_token", "apikey"];

/// What a client asks for.
#[derive(Debug, Clone, Default)]
pub struct Authorization {
    /// The provider's name.
    pub provider: String,
    /// What to ask the provider for beyond the usual.
    pub scopes: String,
    /// The invitation that the sign-in accepts; may be empty.
    pub invite_token: String,
    /// How the challenge was made; empty without one.
    pub code_challenge_method: String,
    /// The challenge that the exchange must answer; empty for a flow that ends in tokens.
    pub code_challenge: String,
    /// All parameters of the request: what is not ours is passed on.
    pub parameters: BTreeMap<String, String>,
}

impl Authn {
    /// Begins a sign-in: the URL at the provider that the browser is to go to.
    pub async fn authorize(
        &self,
        call: &Call,
        asked: &Asked,
        authorization: Authorization,
    ) -> Result<String> {
        self.begin_authorization(call, asked, authorization, None)
            .await
    }

    /// Begins the linking of an account at a provider to the bearer's user.
    pub async fn authorize_link(
        &self,
        call: &Call,
        bearer: Option<&str>,
        asked: &Asked,
        authorization: Authorization,
    ) -> Result<String> {
        let caller = self.authenticate(call, bearer).await?;
        if !self.0.settings.signup.manual_linking_enabled {
            return Err(Refusal::ManualLinkingDisabled.into());
        }
        let target = Some(caller.account.user.id);
        self.begin_authorization(call, asked, authorization, target)
            .await
    }

    async fn begin_authorization(
        &self,
        call: &Call,
        asked: &Asked,
        authorization: Authorization,
        linking_target: Option<UserId>,
    ) -> Result<String> {
        let name = &authorization.provider;
        let mut provider = self.provider(call, name, &authorization.scopes).await?;
        self.require_invitation(call, &authorization.invite_token)
            .await?;
        let challenge = Challenge::parse(
            &authorization.code_challenge_method,
            &authorization.code_challenge,
        )?;
        let flow = Flow {
            id: FlowId::random(self.entropy()),
            user_id: None,
            auth_code: challenge
                .as_ref()
                .map(|_| self.entropy().uuid().to_string()),
            code_challenge_method: challenge.as_ref().map(|c| c.method.as_str().to_owned()),
            code_challenge: challenge.map(|challenge| challenge.value),
            provider_type: provider.name.clone(),
            provider_access_token: Some(String::new()),
            provider_refresh_token: Some(String::new()),
            created_at: call.now,
            authentication_method: METHOD.to_owned(),
            auth_code_issued_at: None,
            invite_token: Some(authorization.invite_token).filter(|token| !token.is_empty()),
            referrer: Some(self.redirect_target(asked)),
            linking_target_id: linking_target,
            email_optional: provider.email_optional,
        };
        let mut tx = self.db(call).begin().await?;
        flows::insert(&mut tx, &flow);
        if provider.wants_challenge {
            let verifier = self.verifier();
            let challenge = BASE64URL_NOPAD.encode(digest(&SHA256, verifier.as_bytes()).as_ref());
            let params = [
                ("code_challenge", challenge),
                ("code_challenge_method", "S256".into()),
            ];
            let params = params.map(|(name, value)| (name.to_owned(), value));
            provider.fixed.extend(params);
            flows::keep_verifier(&mut tx, &flow, self.entropy().uuid(), &verifier);
        }
        tx.commit().await?;
        let forwarded = forwarded(authorization.parameters);
        Ok(provider.url(&flow.id.to_string(), &forwarded))
    }

    /// An invitation that does not exist is told before the user has gone to the provider.
    async fn require_invitation(&self, call: &Call, token: &str) -> Result<()> {
        if token.is_empty() {
            return Ok(());
        }
        let pending = one_time_tokens::find(&mut self.db(call), [token; 4]).await?;
        let mut kinds = pending.iter().map(|pending| pending.token_type);
        if kinds.any(|kind| kind == TokenType::Confirmation) {
            Ok(())
        } else {
            Err(Refusal::InviteTokenNotFound.into())
        }
    }

    /// The verifier of a challenge of ours, as the provider's client.
    fn verifier(&self) -> String {
        let mut bytes = [0; VERIFIER_BYTES];
        self.entropy().fill(&mut bytes);
        BASE64URL_NOPAD.encode(&bytes)
    }
}

/// What is passed on to the provider.
fn forwarded(parameters: BTreeMap<String, String>) -> BTreeMap<String, String> {
    let allowed = parameters
        .into_iter()
        .filter(|(name, _)| !OURS.contains(&name.as_str()) && !is_reserved(name));
    // Our own `provider` is taken, so that WorkOS' one travels under another name.
    allowed
        .map(|(name, value)| match name.as_str() {
            "workos_provider" => ("provider".to_owned(), value),
            _ => (name, value),
        })
        .collect()
}

/// Whether nobody but this server may set a parameter.
pub(crate) fn is_reserved(name: &str) -> bool {
    RESERVED.contains(&name.to_ascii_lowercase().as_str())
}

impl From<pkce::InvalidChallenge> for crate::Error {
    fn from(invalid: pkce::InvalidChallenge) -> Self {
        use pkce::InvalidChallenge as Invalid;
        Self::Refused(match invalid {
            Invalid::Incomplete => Refusal::PkceIncomplete,
            Invalid::Method => Refusal::ChallengeMethod,
            Invalid::Length => Refusal::ChallengeLength,
            Invalid::Characters => Refusal::ChallengeCharacters,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_decides_about_the_answer_is_not_passed_on() {
        let given = [
            "State",
            "client_id",
            "CLIENT_SECRET",
            "redirect_uri",
            "response_type",
            "code_challenge",
            "code_verifier",
            "provider",
            "scopes",
            "invite_token",
            "apikey",
            "login_hint",
            "nonce",
            "redirect_to",
        ];
        let given = given.map(|name| (name.to_owned(), "x".to_owned()));
        let passed: Vec<_> = forwarded(given.into()).into_keys().collect();
        assert_eq!(passed, ["login_hint", "nonce", "redirect_to"]);
    }

    #[test]
    fn workos_is_told_its_own_provider() {
        let given = BTreeMap::from([("workos_provider".to_owned(), "GoogleOAuth".to_owned())]);
        let expected = BTreeMap::from([("provider".to_owned(), "GoogleOAuth".to_owned())]);
        assert_eq!(forwarded(given), expected);
    }
}
