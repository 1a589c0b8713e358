//! Tokens that the client of a recording made itself: forged, altered, outdated.

use super::bindings::Bindings;
use super::instances::Instances;
use super::json::Json;
use super::placeholder::Kind;
use super::recording::Pair;
use super::request::Knowledge;
use super::subject::Subject;
use super::token::{self, CounterToken, Flaw};
use aws_lc_rs::hmac;
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use types::Time;

/// A session that no server has made, for the recording's refresh token of an unknown session.
const UNKNOWN_SESSION: &str = "88888888-8888-4888-8888-888888888888";

/// Makes every token of `pair` that its client makes, and binds the placeholders.
pub(crate) async fn forge(
    pair: &Pair,
    instances: &Instances,
    bindings: &mut Bindings,
    subject: &mut impl Subject,
) -> Result<(), String> {
    for (name, recipe) in &pair.decoded {
        if let Some(how) = recipe.get("made_by_client").and_then(Json::as_text) {
            let knowledge = Knowledge {
                instances,
                bindings,
                now: subject.now(),
            };
            let jwt = forge_jwt(knowledge, &pair.instance, recipe, how)?;
            bindings.bind(Kind::Jwt, name, &jwt)?;
        } else if let Some(flaw) = refresh_token_flaw(&pair.name) {
            let session = recipe
                .get("session_id")
                .and_then(Json::as_text)
                .unwrap_or_default();
            if bindings.get(session).is_none() {
                bindings.bind(Kind::Uuid, session, UNKNOWN_SESSION)?;
            }
            let session = bindings.get(session).unwrap_or_default().to_owned();
            let key = if session == UNKNOWN_SESSION {
                vec![0; 32]
            } else {
                subject.refresh_key(&session).await
            };
            let token = CounterToken {
                version: integer(recipe, "version")?,
                session: session_bytes(&session)?,
                counter: integer(recipe, "counter")?,
            };
            bindings.bind(Kind::Refresh2, name, &token.encode(&key, flaw))?;
        }
    }
    Ok(())
}

/// The 16 bytes of a UUID in text form.
pub(crate) fn session_bytes(uuid: &str) -> Result<[u8; 16], String> {
    let bytes = HEXLOWER.decode(uuid.replace('-', "").as_bytes());
    let bytes = bytes.map_err(|error| format!("`{uuid}`: {error}"))?;
    <[u8; 16]>::try_from(bytes).map_err(|_| format!("`{uuid}` is no UUID"))
}

/// What is wrong with the refresh token that the client of `entry` made; `None` when it made none.
pub(crate) fn refresh_token_flaw(entry: &str) -> Option<Flaw> {
    match entry {
        "bad_checksum" => Some(Flaw::Checksum),
        "bad_signature_good_checksum" => Some(Flaw::Signature),
        "counter_ahead_of_server" | "unknown_session" | "unknown_version_byte" => Some(Flaw::None),
        _ => None,
    }
}

fn integer<T: TryFrom<i64>>(recipe: &Json, member: &str) -> Result<T, String> {
    let number = recipe
        .get(member)
        .and_then(Json::as_integer)
        .and_then(|n| T::try_from(n).ok());
    number.ok_or_else(|| format!("the recording does not say the {member} of a forged token"))
}

/// The recorded recipes. Header and claims are in the recording; the sentence says the rest.
fn forge_jwt(
    knowledge: Knowledge<'_>,
    instance: &str,
    recipe: &Json,
    how: &str,
) -> Result<String, String> {
    let now = knowledge.now;
    let (exp, iat) = match how {
        "HS256 with the secret, exp 10 s ago" => (-10, -3610),
        "HS256 with the secret, iat in the future" => (3600, 1800),
        _ => (3600, 0),
    };
    let claim = |name: &str| seconds_of_claim(now, name, exp, iat);
    let header = recipe
        .get("header")
        .ok_or("a forged token without a header")?;
    let claims = recipe
        .get("claims")
        .ok_or("a forged token without claims")?;
    let claims = knowledge.fill_json(claims, &claim)?;
    let input = token::signing_input(header, &claims);
    let secret = knowledge.instances.secret(instance);
    let mac = |algorithm: hmac::Algorithm, secret: &str| {
        let signature = hmac::sign(
            &hmac::Key::new(algorithm, secret.as_bytes()),
            input.as_bytes(),
        );
        BASE64URL_NOPAD.encode(signature.as_ref())
    };
    let signature = match how {
        "HS256 with a wrong secret" => mac(hmac::HMAC_SHA256, "another-secret-that-nobody-knows"),
        "alg none, empty signature" => String::new(),
        "alg HS512" => mac(hmac::HMAC_SHA512, &secret),
        how if how.starts_with("HS256 with the secret") => mac(hmac::HMAC_SHA256, &secret),
        other => {
            return Err(format!(
                "nobody has taught the client to forge a token `{other}`"
            ));
        }
    };
    Ok(format!("{input}.{signature}"))
}

fn seconds_of_claim(now: Time, name: &str, exp: i64, iat: i64) -> i64 {
    let distance = match name {
        "exp" => exp,
        "nbf" => 600,
        _ => iat,
    };
    now.unix_seconds().saturating_add(distance)
}
