//! A small HTTP/1.1 client that says exactly what a test wants said, and shows when it is heard.

use serde_json::Value as Json;
use std::fmt::Write;
use std::io;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Longest reply that is read, in bytes.
const REPLY_BYTES_MAX: usize = 16 << 20;

/// A request; sent on a connection of its own.
#[derive(Debug, Clone)]
pub struct Request {
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

/// A reply as it came.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The status code.
    pub status: u16,
    /// The headers in the order in which they came, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body without chunks.
    pub body: Vec<u8>,
}

/// A request whose head the server has read, and whose body it waits for.
#[derive(Debug)]
pub struct Begun {
    stream: TcpStream,
    body: Vec<u8>,
}

impl Request {
    /// A request without a body.
    pub fn get(path: impl Into<String>) -> Self {
        Self::new("GET", path)
    }

    /// A request with a body.
    pub fn post(path: impl Into<String>) -> Self {
        Self::new("POST", path)
    }

    /// A request of any method.
    pub fn new(method: impl Into<String>, path: impl Into<String>) -> Self {
        Self {
            method: method.into(),
            path: path.into(),
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Adds a bearer token (RFC 6750 section 2.1).
    #[must_use]
    pub fn bearer(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    /// Gives it a JSON body.
    #[must_use]
    pub fn json(mut self, body: &Json) -> Self {
        self.body = body.to_string().into_bytes();
        self.header("content-type", "application/json")
    }

    /// Gives it a body of any kind, as it is.
    #[must_use]
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// Sends it and reads the reply to its end.
    pub async fn send(self, address: SocketAddr) -> io::Result<Reply> {
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(self.head(address, "").as_bytes()).await?;
        // A server that refuses a body early may close before it has read all of it.
        let sent = stream.write_all(&self.body).await;
        let read = read_reply(stream).await;
        if read.is_err() {
            sent?;
        }
        read
    }

    /// Sends the head, and waits until the server asks for the body (`100 Continue`, RFC 9110
    /// section 10.1.1): from then on the request is under way there.
    pub async fn begin(self, address: SocketAddr) -> io::Result<Begun> {
        let mut stream = TcpStream::connect(address).await?;
        let head = self.head(address, "Expect: 100-continue\r\n");
        stream.write_all(head.as_bytes()).await?;
        let mut said = Vec::new();
        while !said.ends_with(b"\r\n\r\n") {
            said.push(stream.read_u8().await?);
        }
        if !said.starts_with(b"HTTP/1.1 100 ") {
            return Err(bad("the server does not ask for the body"));
        }
        Ok(Begun {
            stream,
            body: self.body,
        })
    }

    fn head(&self, address: SocketAddr, last: &str) -> String {
        let mut head = format!("{} {} HTTP/1.1\r\n", self.method, self.path);
        // Writing to a String cannot fail.
        let has_host = |(name, _): &(String, String)| name.eq_ignore_ascii_case("host");
        if !self.headers.iter().any(has_host) {
            let _ = write!(head, "Host: {address}\r\n");
        }
        for (name, value) in &self.headers {
            let _ = write!(head, "{name}: {value}\r\n");
        }
        let length = self.body.len();
        let _ = write!(head, "Content-Length: {length}\r\nConnection: close\r\n");
        head + last + "\r\n"
    }
}

impl Begun {
    /// Sends the body and reads the reply to its end.
    pub async fn finish(mut self) -> io::Result<Reply> {
        self.stream.write_all(&self.body).await?;
        read_reply(self.stream).await
    }
}

impl Reply {
    /// The first value of a header; empty when there is none.
    pub fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(given, _)| given == name);
        found.map_or("", |(_, value)| value)
    }

    /// The body as JSON; null when it is none.
    pub fn json(&self) -> Json {
        serde_json::from_slice(&self.body).unwrap_or(Json::Null)
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

async fn read_reply(stream: TcpStream) -> io::Result<Reply> {
    let mut bytes = Vec::new();
    let mut limited = stream.take(REPLY_BYTES_MAX as u64);
    let read = limited.read_to_end(&mut bytes).await;
    if bytes.is_empty() {
        read?;
    }
    parse(&bytes)
}

fn parse(bytes: &[u8]) -> io::Result<Reply> {
    let end = find(bytes, b"\r\n\r\n").ok_or_else(|| bad("the reply has no head"))?;
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
    let mut reply = Reply {
        status: status.ok_or_else(|| bad("the reply has no status"))?,
        headers,
        body: rest.get(4..).unwrap_or_default().to_vec(),
    };
    if reply.header("transfer-encoding") == "chunked" {
        reply.body = unchunk(&reply.body).ok_or_else(|| bad("a chunk is cut off"))?;
    } else if let Ok(length) = reply.header("content-length").parse::<usize>()
        && reply.body.len() < length
    {
        return Err(bad("the body is cut off"));
    }
    Ok(reply)
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

fn bad(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_request_is_sent_literally_and_repeated_headers_are_kept() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut received = vec![0; 1024];
            let mut length = 0;
            while !received[..length].ends_with(b"{ \xff") {
                length += stream.read(&mut received[length..]).await.unwrap();
            }
            let answer = "HTTP/1.1 207 Odd\r\nX-One: a\r\nx-one: b\r\n\r\nabc";
            stream.write_all(answer.as_bytes()).await.unwrap();
            received.truncate(length);
            received
        };
        let request = Request::new("PUT", "/a?b=%20").header("Host", "there");
        let request = request.header("X-Empty", "").body(*b"{ \xff");
        let (received, reply) = tokio::join!(server, request.send(address));
        let received = String::from_utf8_lossy(&received).into_owned();
        let expected = "PUT /a?b=%20 HTTP/1.1\r\nHost: there\r\nX-Empty: \r\n";
        assert!(received.starts_with(expected), "{received}");
        let reply = reply.unwrap();
        let values: Vec<_> = reply
            .headers
            .iter()
            .map(|(_, value)| value.as_str())
            .collect();
        assert_eq!((reply.status, values), (207, vec!["a", "b"]));
    }

    #[test]
    fn a_reply_is_read_with_and_without_chunks() {
        let plain = parse(b"HTTP/1.1 503 Gone\r\nRetry-After: 1\r\n\r\nabc").unwrap();
        assert_eq!((plain.status, plain.text().as_str()), (503, "abc"));
        assert_eq!(plain.header("retry-after"), "1");
        let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\
            3\r\nabc\r\n2;x=1\r\nde\r\n0\r\n\r\n";
        assert_eq!(parse(chunked).unwrap().text(), "abcde");
    }

    #[test]
    fn a_reply_that_was_cut_off_is_none() {
        assert!(parse(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabc").is_err());
        assert!(parse(b"HTTP/1.1 200 OK\r\n").is_err());
    }
}
