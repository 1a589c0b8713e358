//! Checks of what signs tokens and of what applications present.

use super::{Checks, Occasion};
use crate::config::problem::did_you_mean;
use crate::config::signing::{self, ALGORITHMS};
use crate::config::{api_keys, openfga};

const JWT_SECRET: &str = "keys.jwt_secret";
const JWKS: &str = "keys.jwks";
const VERIFY_ALGORITHMS: &str = "keys.verify_algorithms";

impl Checks<'_> {
    pub(super) fn signing_keys(&mut self) {
        let reach = self.reach();
        self.check_secret(JWT_SECRET, |secret| {
            signing::check_secret(secret.expose().as_bytes(), reach)
        });
        self.check_secret(JWKS, |keys| signing::check_jwks(keys, reach));
        self.required_secret();
        let algorithms = self.merged.plain(VERIFY_ALGORITHMS);
        let listed = algorithms.and_then(toml::Value::as_array);
        let names = listed.into_iter().flatten().filter_map(toml::Value::as_str);
        let names: Vec<&str> = names.collect();
        let is_known = |name: &&str| ALGORITHMS.contains(name);
        if !names.is_empty() && names.iter().all(is_known) {
            self.algorithm_in_use(&names);
        }
        for name in names.into_iter().filter(|name| !is_known(name)) {
            let otherwise = format!("write some of {}", ALGORITHMS.join(", "));
            let advice = did_you_mean(name, ALGORITHMS.iter().copied(), &otherwise);
            self.refuse(
                VERIFY_ALGORITHMS,
                format!("the algorithm `{name}` is not supported"),
                advice,
            );
        }
    }

    /// Without a list of keys there is one, and tokens have its algorithm.
    fn algorithm_in_use(&mut self, listed: &[&str]) {
        let (algorithm, key) = if self.is_given(JWKS) {
            return;
        } else if self.is_given(JWT_SECRET) || self.gotrue.is_some() {
            ("HS256", JWT_SECRET)
        } else {
            ("ES256", "a generated key")
        };
        if !listed.contains(&algorithm) {
            let what = format!(
                "access tokens are signed with {algorithm} ({key}), which is not among them"
            );
            let advice = format!("add \"{algorithm}\", or leave the list empty");
            self.refuse(VERIFY_ALGORITHMS, what, advice);
        }
    }

    /// The secret is there, if only as a fault.
    fn is_given(&self, path: &str) -> bool {
        self.merged.secret(path).is_some() || self.faulty.contains(path)
    }

    /// Whoever takes GoTrue's place must know its secret: tokens and API keys are signed with it.
    fn required_secret(&mut self) {
        let given = self.is_given(JWT_SECRET) || self.is_given(JWKS);
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
        self.check_secret("openfga.preshared_keys", openfga::check_preshared);
    }
}
