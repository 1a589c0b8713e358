//! Tests of how connections end.

use super::*;
use axum::routing::get;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpSocket;

const ASKED: &[u8] = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// A server of one path; its address, and who runs it.
async fn start(stall_span: Duration, stop: Stop) -> (SocketAddr, JoinSet<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let mut serving = JoinSet::new();
    let listening = listening(listener, stall_span);
    serving.spawn(listening.run(Duration::from_secs(60), stop));
    (address, serving)
}

fn listening(listener: TcpListener, stall_span: Duration) -> Listening {
    Listening {
        listener,
        router: Router::new().route("/", get(|| async { "x".repeat(64 * 1024) })),
        slots: Arc::new(Semaphore::new(1_000)),
        stall_span,
        is_closing: Arc::new(AtomicBool::new(false)),
        graceful: GracefulShutdown::new(),
    }
}

/// Without the limit this test never ends.
#[tokio::test]
async fn a_client_that_asks_and_never_reads_is_cut() {
    let (_go_on, stopped) = watch::channel(false);
    let (address, _serving) = start(Duration::from_millis(20), stopped.into()).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    while stream.write_all(ASKED).await.is_ok() {}
}

#[tokio::test]
async fn a_client_that_reads_late_is_answered() {
    let (_go_on, stopped) = watch::channel(false);
    let (address, _serving) = start(Duration::from_secs(60), stopped.into()).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    let asked = ASKED.repeat(200);
    let (mut reading, mut writing) = stream.split();
    writing.write_all(&asked).await.unwrap();
    let mut answers = vec![0; 200 * 64 * 1024];
    reading.read_exact(&mut answers).await.unwrap();
}

#[tokio::test]
async fn everybody_is_answered_and_sent_away_until_the_notice_is_over() {
    let (stop, stopped) = watch::channel(false);
    let notice = Stop::with_notice(stopped, Duration::from_secs(3_600));
    let (address, _serving) = start(STALL_SPAN, notice).await;
    let mut kept = TcpStream::connect(address).await.unwrap();
    let mut head = vec![0; 512];
    kept.write_all(ASKED).await.unwrap();
    kept.read_exact(&mut head).await.unwrap();
    assert!(!String::from_utf8_lossy(&head).contains("connection: close"));
    stop.send_replace(true);
    // A server that has stopped listening would refuse; one that has not heard it yet answers as
    // ever.
    loop {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(ASKED).await.unwrap();
        stream.read_exact(&mut head).await.unwrap();
        if String::from_utf8_lossy(&head).contains("connection: close") {
            break;
        }
    }
    // A connection that was there before is answered as well, and then closed by the server.
    kept.write_all(ASKED).await.unwrap();
    let mut rest = Vec::new();
    kept.read_to_end(&mut rest).await.unwrap();
    assert!(String::from_utf8_lossy(&rest).contains("connection: close"));
}

#[tokio::test]
async fn a_notice_that_is_over_is_the_end() {
    let (stop, stopped) = watch::channel(false);
    let notice = Stop::with_notice(stopped, Duration::from_millis(1));
    let (address, mut serving) = start(STALL_SPAN, notice).await;
    stop.send_replace(true);
    serving.join_next().await.unwrap().unwrap();
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn everybody_who_waits_at_the_stop_is_answered() {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1_024).unwrap();
    let address = listener.local_addr().unwrap();
    let mut waiting = Vec::new();
    for _ in 0..300 {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(ASKED).await.unwrap();
        waiting.push(stream);
    }
    let (_stop, stopped) = watch::channel(true);
    let mut serving = JoinSet::new();
    let listening = listening(listener, STALL_SPAN);
    serving.spawn(listening.run(Duration::from_secs(60), stopped.into()));
    for (number, mut stream) in waiting.into_iter().enumerate() {
        let mut answer = Vec::new();
        let read = stream.read_to_end(&mut answer).await;
        assert!(
            read.is_ok() && answer.len() > 64 * 1024,
            "{number}: {read:?}"
        );
    }
    serving.join_next().await.unwrap().unwrap();
}
