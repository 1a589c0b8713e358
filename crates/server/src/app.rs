//! The built services and what the border must know; cloned per request.

use crate::authzen::DefaultStore;
use crate::http::apikey::ApiKeys;
use crate::http::border::Patience;
use crate::http::limits::Limiters;
use crate::openfga::OpenFga;
use authn::Authn;
use authz::Authz;
use authz::access::Access;
use ipnet::IpNet;
use std::sync::Arc;
use std::time::Duration;
use telemetry::Metrics;
use tokio::sync::Notify;
use types::{Clock, Entropy};

/// What every request handler may use; cheap to clone.
#[derive(Clone, Debug)]
pub struct App(Arc<AppParts>);

/// The parts that [`App`] is made of.
#[derive(Debug)]
pub struct AppParts {
    /// Every sign-in flow.
    pub authn: Authn,
    /// Every question about stores, models and tuples.
    pub authz: Authz,
    /// Resources, teams and media.
    pub access: Access,
    /// Where time comes from.
    pub clock: Arc<dyn Clock>,
    /// Where request ids come from.
    pub entropy: Arc<dyn Entropy>,
    /// The keys that clients present in `apikey`.
    pub api_keys: ApiKeys,
    /// What the authorization API needs beside the use cases.
    pub openfga: OpenFga,
    /// The store that AuthZEN's questions are about.
    pub default_store: DefaultStore,
    /// GoTrue's limits per address.
    pub limiters: Limiters,
    /// Every instrument.
    pub metrics: Metrics,
    /// Wakes whoever sends mail.
    pub mail_written: Notify,
    /// How the border behaves.
    pub border: BorderSettings,
}

/// How the border behaves.
#[derive(Debug, Clone)]
pub struct BorderSettings {
    /// The one deadline of a request.
    pub request_span: Duration,
    /// The one deadline of a request that deletes something with all that hangs on it.
    pub deletion_span: Duration,
    /// The one deadline of a request that asks for one permission.
    pub check_span: Duration,
    /// The one deadline of a request for a list of objects or users.
    pub list_span: Duration,
    /// Request headers that browsers may send beside GoTrue's own, in lower case.
    pub cors_allowed_headers: Vec<String>,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// The header that names the client for GoTrue's limits, in lower case; empty: none.
    pub rate_limit_header: String,
    /// The header `Sb-Forwarded-For` names the client for GoTrue's limits.
    pub sb_forwarded_for: bool,
    /// Where no header names the client, its address does.
    pub count_peers: bool,
    /// The header that carries a request's id through a chain of servers, in lower case.
    pub request_id_header: String,
    /// GoTrue's routes answer at the root as well as under `/auth/v1`.
    pub also_at_root: bool,
}

impl BorderSettings {
    /// How long a request of this kind may take.
    pub const fn span(&self, patience: Patience) -> Duration {
        match patience {
            Patience::Request => self.request_span,
            Patience::Deletion => self.deletion_span,
            Patience::Check => self.check_span,
            Patience::List => self.list_span,
        }
    }

    /// Limits per address have somebody to count.
    pub fn counts_clients(&self) -> bool {
        self.count_peers || self.sb_forwarded_for || !self.rate_limit_header.is_empty()
    }
}

impl App {
    /// Puts the parts together.
    pub fn new(parts: AppParts) -> Self {
        Self(Arc::new(parts))
    }
}

impl std::ops::Deref for App {
    type Target = AppParts;
    fn deref(&self) -> &AppParts {
        &self.0
    }
}
