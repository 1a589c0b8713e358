//! The requests of a recording, sent as they were: bodies literally, headers in their order.

use super::request::HttpRequest;
use super::subject::Reply;
use std::io;
use std::net::SocketAddr;
use testkit::http::Request;

/// Sends one request on a connection of its own and reads the answer to its end.
pub(crate) async fn send(address: SocketAddr, request: &HttpRequest) -> io::Result<Reply> {
    let mut sent = Request::new(&request.method, &request.path).body(request.body.clone());
    let names = |(name, _): &(String, String)| name.eq_ignore_ascii_case("host");
    if !request.headers.iter().any(names) {
        sent = sent.header("Host", "auth.example.test");
    }
    for (name, value) in &request.headers {
        sent = sent.header(name, value);
    }
    let reply = sent.send(address).await?;
    Ok(Reply {
        status: reply.status,
        headers: reply.headers,
        body: reply.body,
    })
}
