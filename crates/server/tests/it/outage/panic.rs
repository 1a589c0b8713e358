//! A handler that panics: one answer in the API's own shape, and the process lives.

use super::{Person, can_sign_in, start};
use crate::app::{Engine, TestApp};
use axum::http::Method;
use server::app::App;
use server::gotrue::SURFACE;
use server::http::border::{self, Handled, Patience, Route, Surface};
use server::http::exchange::Exchange;
use server::http::serve::{ServeSettings, serve};
use std::time::Duration;
use testkit::http::{Reply, Request};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

fn break_down(_: &Exchange) -> Handled<'_> {
    Box::pin(async { panic!("the secret reason") })
}

/// What two requests get whose handler panics behind this API.
pub(crate) async fn broken(app: &App, surface: Surface) -> [Reply; 2] {
    let replies = answered(app, surface, Patience::Request, break_down).await;
    for reply in &replies {
        assert!(!reply.text().contains("secret"), "{}", reply.text());
        assert_eq!(reply.header("access-control-allow-origin"), "*");
    }
    replies
}

/// What two requests get from this handler behind this API.
pub(crate) async fn answered(
    app: &App,
    surface: Surface,
    patience: Patience,
    handler: for<'a> fn(&'a Exchange) -> Handled<'a>,
) -> [Reply; 2] {
    let route = Route {
        method: Method::GET,
        path: "/break",
        operation: "break",
        limiter: None,
        patience,
        handler,
    };
    let router = border::router(app, surface, vec![route]);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let fragile = listener.local_addr().expect("a bound listener");
    let settings = ServeSettings {
        connections_max: 10,
        drain_span: Duration::from_secs(5),
    };
    let (stop, stopped) = watch::channel(false);
    let mut serving = JoinSet::new();
    serving.spawn(serve(listener, router, settings, stopped));
    let ask = async || {
        let request = Request::get("/break").header("origin", "http://app.example.test");
        request.send(fragile).await.expect("an answer")
    };
    let replies = [ask().await, ask().await];
    stop.send_replace(true);
    let ended = serving.join_next().await.expect("the server");
    ended.expect("the server has not panicked itself");
    replies
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_panic_is_one_json_error_and_nothing_more() {
    let mut app = TestApp::open(Engine::Sqlite).await.expect("built in");
    let database = app.database().to_owned();
    let address = start(&mut app, &database, &[]).await;
    let person = Person::registered(address, "ada@example.com").await;
    let built = &app.server("outage", &[]).await.built;
    for reply in broken(&built.app, SURFACE).await {
        assert_eq!(reply.status, 500);
        let body = reply.json();
        assert_eq!(body["code"], 500, "{body}");
        assert_eq!(body["error_code"], "unexpected_failure", "{body}");
        assert_eq!(body["error_id"], reply.header("x-request-id"), "{body}");
    }
    assert!(can_sign_in(address, &person).await);
    let metrics = built.app.metrics.encode();
    assert!(
        metrics.contains("claviger_handler_panics_total 2"),
        "{metrics}"
    );
}
