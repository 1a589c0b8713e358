//! The border: whom it counts, what it tells about each request, and how healthy it says it is.

mod clients;
mod health;
mod limits;
mod lines;

use crate::app::{Engine, Running, TestApp};
use axum::Router;
use server::management::Health;
use server::routes;
use std::io::{self, Write};
use std::sync::{Arc, LazyLock, Mutex};
use telemetry::log::{Format, written_to};
use tracing::Dispatch;
use tracing::dispatcher::{DefaultGuard, set_default};

/// What an operator has set; each test adds its own.
const SETTINGS: &[(&str, &str)] = &[
    ("CLAVIGER_SITE_EXTERNAL_URL", "http://auth.example.test"),
    ("CLAVIGER_SITE_SITE_URL", "http://app.example.test"),
    ("CLAVIGER_EMAIL_AUTOCONFIRM", "true"),
    ("CLAVIGER_LIMITS_BY_PEER_ADDRESS", "false"),
    ("CLAVIGER_HTTP_REQUEST_DEADLINE", "60s"),
];

async fn open() -> TestApp {
    TestApp::open(Engine::Sqlite).await.expect("built in")
}

/// The server with [`SETTINGS`] and these.
async fn start<'a>(app: &'a mut TestApp, more: &[(&str, &str)]) -> &'a Running {
    let settings = crate::engines::settings(&[SETTINGS, more].concat());
    app.server("border", &settings).await
}

/// What answers on the public port, to be asked without a connection.
fn router(running: &Running) -> Router {
    let built = &running.built;
    let health = Health::new(built.app.clone(), built.store.clone());
    routes::router(&built.app, &built.store, &health, running.config.mode)
}

/// The log of this thread, and so of a server on a runtime of one thread.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

/// A second log, of nothing. While there is only one, a line that another thread says first is
/// switched off for all threads, since that thread has no log (tracing-core, `Rebuilder::JustOne`).
static SECOND: LazyLock<Dispatch> = LazyLock::new(|| written_to(Format::Json, "off", io::sink));

impl Log {
    fn start(level: &str) -> (Self, DefaultGuard) {
        LazyLock::force(&SECOND);
        let log = Self::default();
        let writer = log.clone();
        let dispatch = written_to(Format::Json, level, move || writer.clone());
        (log, set_default(&dispatch))
    }

    fn text(&self) -> String {
        let bytes = self.0.lock().expect("nobody panicked");
        String::from_utf8_lossy(&bytes).into_owned()
    }

    fn lines(&self) -> Vec<serde_json::Value> {
        let line = |line: &str| serde_json::from_str(line).expect("one JSON object per line");
        self.text().lines().map(line).collect()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("nobody panicked").write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
