//! A small HTTP/1.1 client that sends bodies literally and keeps header order and repetitions.

use super::request::HttpRequest;
use super::subject::Reply;
use std::fmt::Write;
use std::io;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Sends one request on a connection of its own and reads the answer to its end.
pub(crate) async fn send(address: SocketAddr, request: &HttpRequest) -> io::Result<Reply> {
    let mut stream = TcpStream::connect(address).await?;
    let mut head = format!("{} {} HTTP/1.1\r\n", request.method, request.path);
    let mut has_host = false;
    for (name, value) in &request.headers {
        has_host |= name.eq_ignore_ascii_case("host");
        let _ = write!(head, "{name}: {value}\r\n");
    }
    if !has_host {
        head.push_str("Host: auth.example.test\r\n");
    }
    let length = request.body.len();
    // Writing to a String cannot fail.
    let _ = write!(
        head,
        "Content-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await?;
    // A server that refuses a body early may close before it has read all of it.
    let sent = stream.write_all(&request.body).await;
    let mut bytes = Vec::new();
    let read = stream.read_to_end(&mut bytes).await;
    if bytes.is_empty() {
        sent?;
        read?;
    }
    parse(&bytes)
}

fn parse(bytes: &[u8]) -> io::Result<Reply> {
    let bad = |why: &str| io::Error::new(io::ErrorKind::InvalidData, why.to_owned());
    let end = find(bytes, b"\r\n\r\n").ok_or_else(|| bad("the answer has no header"))?;
    let (head, rest) = bytes.split_at(end);
    let head = String::from_utf8_lossy(head);
    let mut lines = head.split("\r\n");
    let status = lines
        .next()
        .and_then(|line| line.split(' ').nth(1)?.parse().ok());
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let rest = rest.get(4..).unwrap_or_default();
    let chunked = headers
        .iter()
        .any(|(name, value)| name == "transfer-encoding" && value == "chunked");
    let body = if chunked {
        unchunk(rest).ok_or_else(|| bad("a chunk is cut off"))?
    } else {
        rest.to_vec()
    };
    Ok(Reply {
        status: status.ok_or_else(|| bad("the answer has no status"))?,
        headers,
        body,
    })
}

fn unchunk(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let line = find(rest, b"\r\n")?;
        let size = std::str::from_utf8(rest.get(..line)?).ok()?;
        let size = usize::from_str_radix(size.split(';').next()?.trim(), 16).ok()?;
        let chunk = rest.get(line + 2..)?;
        if size == 0 {
            return Some(body);
        }
        body.extend(chunk.get(..size)?);
        rest = chunk.get(size + 2..)?;
    }
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

#[tokio::test]
async fn the_client_sends_literally_and_keeps_repeated_headers() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut received = vec![0; 1024];
        let mut length = 0;
        while !received[..length].ends_with(b"{ \xff") {
            length += stream.read(&mut received[length..]).await.unwrap();
        }
        let answer = "HTTP/1.1 207 Odd\r\nX-One: a\r\nx-one: b\r\ntransfer-encoding: chunked\r\n\r\n\
                      3\r\nabc\r\n2;x=1\r\nde\r\n0\r\n\r\n";
        stream.write_all(answer.as_bytes()).await.unwrap();
        received.truncate(length);
        received
    };
    let request = HttpRequest {
        method: "PUT".to_owned(),
        path: "/a?b=%20".to_owned(),
        headers: vec![("X-Empty".to_owned(), String::new())],
        body: b"{ \xff".to_vec(),
    };
    let (received, reply) = tokio::join!(server, send(address, &request));
    let received = String::from_utf8_lossy(&received).into_owned();
    assert!(
        received.starts_with("PUT /a?b=%20 HTTP/1.1\r\nX-Empty: \r\n"),
        "{received}"
    );
    let reply = reply.unwrap();
    assert_eq!((reply.status, reply.body.as_slice()), (207, &b"abcde"[..]));
    let names: Vec<&str> = reply
        .headers
        .iter()
        .map(|(_, value)| value.as_str())
        .collect();
    assert_eq!(names, ["a", "b", "chunked"]);
}
