//! A line to a server that can be made to stall, cut, or go dead, and mended again.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// Bytes forwarded at once.
const PIECE_BYTES: usize = 16 * 1024;

/// What happens to what is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Line {
    /// Everything passes.
    Whole,
    /// Connections are accepted and kept, and nothing passes.
    Stalled,
    /// Connections are refused, those that were open are closed.
    Cut,
}

/// What the server has said, in pieces as they came, and after how many the line stalls.
#[derive(Debug)]
struct Answers {
    line: watch::Sender<Line>,
    /// Negative: the line does not stall by itself.
    left: AtomicI64,
}

/// Forwards to a server, as long as it is told to; ends when dropped.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    /// What the listener has made true.
    made: watch::Receiver<Line>,
    answers: Arc<Answers>,
    accepted: Arc<AtomicUsize>,
    _tasks: JoinSet<()>,
}

impl Proxy {
    /// Listens on a free port of the loopback address for those who want to reach `server`.
    pub async fn start(server: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let (line, told) = watch::channel(Line::Whole);
        let (making, made) = watch::channel(Line::Whole);
        let answers = Arc::new(Answers {
            line,
            left: AtomicI64::new(-1),
        });
        let accepted = Arc::new(AtomicUsize::new(0));
        let mut tasks = JoinSet::new();
        let counted = Arc::clone(&accepted);
        let listening = Listening {
            server,
            told,
            answers: Arc::clone(&answers),
        };
        tasks.spawn(listening.run(listener, making, counted));
        Ok(Self {
            address,
            made,
            answers,
            accepted,
            _tasks: tasks,
        })
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Nothing passes from now on, in neither direction; new connections say nothing.
    pub async fn stall(&self) {
        self.make(Line::Stalled).await;
    }

    /// Everything passes again until the server has said something once more.
    pub async fn mend_for_one_answer(&self) {
        self.answers.left.store(1, Ordering::SeqCst);
        self.answers.line.send_replace(Line::Whole);
        let mut told = self.answers.line.subscribe();
        drop(told.wait_for(|line| *line == Line::Stalled).await);
    }

    /// Closes what is open and refuses what comes, as when the server was stopped.
    pub async fn cut(&self) {
        self.make(Line::Cut).await;
    }

    /// Everything passes again, what a stall has held back included.
    pub async fn mend(&self) {
        self.make(Line::Whole).await;
    }

    async fn make(&self, line: Line) {
        self.answers.left.store(-1, Ordering::SeqCst);
        self.answers.line.send_replace(line);
        // An error: the listener could not take its port again, which every client will notice.
        drop(self.made.clone().wait_for(|made| *made == line).await);
    }

    /// How many connections there have been.
    pub fn accepted(&self) -> usize {
        self.accepted.load(Ordering::SeqCst)
    }
}

/// What every connection needs.
#[derive(Clone)]
struct Listening {
    server: SocketAddr,
    told: watch::Receiver<Line>,
    answers: Arc<Answers>,
}

impl Listening {
    async fn run(
        mut self,
        listener: TcpListener,
        making: watch::Sender<Line>,
        accepted: Arc<AtomicUsize>,
    ) {
        let Ok(address) = listener.local_addr() else {
            return;
        };
        let mut listener = Some(listener);
        let mut connections = JoinSet::new();
        loop {
            if *self.told.borrow_and_update() == Line::Cut {
                listener = None;
                connections.shutdown().await;
                making.send_replace(Line::Cut);
                if self.told.wait_for(|line| *line != Line::Cut).await.is_err() {
                    return;
                }
            }
            let open = match listener.take() {
                Some(open) => open,
                // Taken by somebody else meanwhile: whoever waits for the proxy will say so.
                None => match TcpListener::bind(address).await {
                    Ok(open) => open,
                    Err(_) => return,
                },
            };
            let line = *self.told.borrow_and_update();
            if line == Line::Cut {
                continue;
            }
            making.send_replace(line);
            tokio::select! {
                client = open.accept() => {
                    if let Ok((client, _)) = client {
                        accepted.fetch_add(1, Ordering::SeqCst);
                        connections.spawn(self.clone().connect(client));
                    }
                }
                changed = self.told.changed() => {
                    if changed.is_err() {
                        return;
                    }
                }
            }
            listener = Some(open);
        }
    }

    async fn connect(self, client: TcpStream) {
        let Ok(server) = TcpStream::connect(self.server).await else {
            return;
        };
        let (client_in, client_out) = client.into_split();
        let (server_in, server_out) = server.into_split();
        // Where one direction ends, the connection does.
        tokio::select! {
            () = forward(client_in, server_out, self.told.clone(), None) => {}
            () = forward(server_in, client_out, self.told, Some(self.answers)) => {}
        }
    }
}

async fn forward(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut told: watch::Receiver<Line>,
    answers: Option<Arc<Answers>>,
) {
    let mut bytes = vec![0; PIECE_BYTES];
    while let Ok(count @ 1..) = from.read(&mut bytes).await {
        let passes = told.wait_for(|line| *line == Line::Whole).await.is_ok();
        let piece = bytes.get(..count).unwrap_or_default();
        if !passes || to.write_all(piece).await.is_err() {
            return;
        }
        if let Some(answers) = &answers
            && answers.left.fetch_sub(1, Ordering::SeqCst) == 1
        {
            answers.line.send_replace(Line::Stalled);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A server that sends everything back.
    async fn echo() -> (SocketAddr, JoinSet<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut lines = JoinSet::new();
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                lines.spawn(async move {
                    let (mut read, mut write) = stream.split();
                    drop(tokio::io::copy(&mut read, &mut write).await);
                });
            }
        });
        (address, tasks)
    }

    #[tokio::test]
    async fn what_was_held_back_by_a_stall_passes_when_it_ends() {
        let (server, _tasks) = echo().await;
        let proxy = Proxy::start(server).await.unwrap();
        let mut stream = TcpStream::connect(proxy.address()).await.unwrap();
        stream.write_all(b"a").await.unwrap();
        assert_eq!(stream.read_u8().await.unwrap(), b'a');
        proxy.stall().await;
        stream.write_all(b"b").await.unwrap();
        proxy.mend().await;
        assert_eq!(stream.read_u8().await.unwrap(), b'b');
        assert_eq!(proxy.accepted(), 1);
    }

    #[tokio::test]
    async fn a_line_that_is_mended_for_one_answer_stalls_behind_it() {
        let (server, _tasks) = echo().await;
        let proxy = Proxy::start(server).await.unwrap();
        let mut stream = TcpStream::connect(proxy.address()).await.unwrap();
        proxy.stall().await;
        stream.write_all(b"a").await.unwrap();
        proxy.mend_for_one_answer().await;
        assert_eq!(stream.read_u8().await.unwrap(), b'a');
        stream.write_all(b"b").await.unwrap();
        let mut byte = [0];
        assert!(stream.try_read(&mut byte).is_err());
        proxy.mend().await;
        assert_eq!(stream.read_u8().await.unwrap(), b'b');
    }

    #[tokio::test]
    async fn a_cut_closes_what_is_open_and_refuses_what_comes_until_it_is_mended() {
        let (server, _tasks) = echo().await;
        let proxy = Proxy::start(server).await.unwrap();
        let mut stream = TcpStream::connect(proxy.address()).await.unwrap();
        stream.write_all(b"a").await.unwrap();
        assert_eq!(stream.read_u8().await.unwrap(), b'a');
        proxy.cut().await;
        assert!(stream.read_u8().await.is_err());
        assert!(TcpStream::connect(proxy.address()).await.is_err());
        proxy.mend().await;
        let mut stream = TcpStream::connect(proxy.address()).await.unwrap();
        stream.write_all(b"c").await.unwrap();
        assert_eq!(stream.read_u8().await.unwrap(), b'c');
    }
}
