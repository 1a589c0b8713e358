//! Checks of what signs tokens and of what applications present.

use super::{Checks, Occasion};
use crate::config::api_keys;
use crate::config::problem::did_you_mean;
use crate::config::signing::{self, ALGORITHMS};

const JWT_SECRET: &str = "keys.jwt_secret";
const JWKS: &str = "keys.jwks";

impl Checks<'_> {
    pub(super) fn signing_keys(&mut self) {
        let reach = self.reach();
        self.check_secret(JWT_SECRET, |secret| {
            signing::check_secret(secret.expose().as_bytes(), reach)
        });
        self.check_secret(JWKS, |keys| signing::check_jwks(keys, reach));
        self.required_secret();
        let algorithms = self.merged.plain("keys.verify_algorithms");
        let listed = algorithms.and_then(toml::Value::as_array);
        let names = listed.into_iter().flatten().filter_map(toml::Value::as_str);
        let unknown: Vec<&str> = names.filter(|name| !ALGORITHMS.contains(name)).collect();
        for name in unknown {
            let otherwise = format!("write some of {}", ALGORITHMS.join(", "));
            let advice = did_you_mean(name, ALGORITHMS.iter().copied(), &otherwise);
            self.refuse(
                "keys.verify_algorithms",
                format!("the algorithm `{name}` is not supported"),
                advice,
            );
        }
    }

    /// Whoever takes GoTrue's place must know its secret: tokens and API keys are signed with it.
    fn required_secret(&mut self) {
        let given = [JWT_SECRET, JWKS]
            .iter()
            .any(|path| self.merged.secret(path).is_some() || self.faulty.contains(*path));
        let advice = match self.gotrue {
            Some(Occasion::Environment) => "set GOTRUE_JWT_SECRET",
            Some(Occasion::Database) => "set keys.jwt_secret to the secret that it used",
            None => return,
        };
        if !given {
            self.refuse(
                JWT_SECRET,
                "the secret of Supabase Auth is required, so that its tokens stay good",
                advice,
            );
        }
    }

    pub(super) fn api_keys(&mut self) {
        let reach = self.reach();
        for (path, prefix) in [
            ("api_keys.publishable", "sb_publishable_"),
            ("api_keys.secret", "sb_secret_"),
        ] {
            self.check_secret(path, |key| api_keys::check_opaque(key, prefix, reach));
        }
        for path in ["api_keys.anon", "api_keys.service_role"] {
            self.check_secret(path, api_keys::check_legacy);
        }
    }
}
