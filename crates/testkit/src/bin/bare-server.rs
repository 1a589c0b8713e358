//! The ceiling of every HTTP measurement: our own accept loop in front of a constant answer.

use axum::Router;
use axum::body::Bytes;
use axum::routing::get;
use server::http::serve::{ServeSettings, serve};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// About as long as a user object.
const ANSWER: &str = include_str!("answer.json");
/// The answer to a question, which is read first.
const VERDICT: &str = r#"{"allowed":true,"resolution":""}"#;

#[expect(clippy::print_stdout, reason = "whoever starts it reads the address")]
fn main() -> std::io::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        println!("{{\"url\":\"http://{}\"}}", listener.local_addr()?);
        let json = [("content-type", "application/json")];
        let asked = get(move || async move { (json, ANSWER) });
        let asked = asked.post(move |_: Bytes| async move { (json, VERDICT) });
        let router = Router::new().route("/", asked);
        let settings = ServeSettings {
            connections_max: 10_000,
            drain_span: Duration::from_secs(1),
        };
        let (_running, stop) = watch::channel(false);
        serve(listener, router, settings, stop).await;
        Ok(())
    })
}
