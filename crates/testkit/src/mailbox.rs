//! A mail server that keeps what it gets, and refuses, stalls or hangs up when it is told to.
//!
//! It speaks RFC 5321 as far as a client can tell: greeting, EHLO, AUTH PLAIN, MAIL, RCPT, DATA
//! with dot-stuffing, RSET, NOOP, QUIT. Of TLS it knows how it begins, and no more.

mod mail;

pub use mail::{Mail, Part};

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// A point of the dialogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// The first line, before the client has said anything.
    Greeting,
    /// The answer to EHLO.
    Hello,
    /// The answer to AUTH.
    Login,
    /// The answer to MAIL.
    Sender,
    /// The answer to RCPT.
    Recipient,
    /// The answer to the end of the data: the mail has been received whole.
    Data,
}

/// How the server behaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Behaviour {
    /// Everything is accepted.
    Accept,
    /// At this stage the answer is this line, such as `550 5.1.1 no such user`.
    Refuse(Stage, String),
    /// The answer to the data comes when the behaviour changes.
    Stall,
    /// The answer to QUIT comes when the behaviour changes.
    Linger,
    /// Mail is accepted, and the connection closed before the answer to it.
    HangUp,
    /// STARTTLS is offered; the connection is closed when TLS has begun.
    OfferTls,
    /// Nothing is said before TLS begins; the connection is closed when it has.
    ExpectTls,
}

/// A running mail server; ends when dropped.
#[derive(Debug)]
pub struct Mailbox {
    address: SocketAddr,
    behaviour: watch::Sender<Behaviour>,
    seen: watch::Receiver<Seen>,
    mails: Arc<Mutex<Vec<Mail>>>,
    commands: Arc<Mutex<Vec<String>>>,
    _tasks: JoinSet<()>,
}

/// What has happened so far, for those who wait for it.
#[derive(Debug, Clone, Copy, Default)]
struct Seen {
    stalled: usize,
    greeted: usize,
    encrypted: usize,
}

struct Session {
    input: BufReader<OwnedReadHalf>,
    output: OwnedWriteHalf,
    behaviour: watch::Receiver<Behaviour>,
    seen: watch::Sender<Seen>,
    mails: Arc<Mutex<Vec<Mail>>>,
    commands: Arc<Mutex<Vec<String>>>,
}

impl Mailbox {
    /// Listens on a free port of the loopback address.
    pub async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let (behaviour, told) = watch::channel(Behaviour::Accept);
        let (seeing, seen) = watch::channel(Seen::default());
        let mails = Arc::new(Mutex::new(Vec::new()));
        let commands = Arc::new(Mutex::new(Vec::new()));
        let (kept, heard) = (Arc::clone(&mails), Arc::clone(&commands));
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut sessions = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let (input, output) = stream.into_split();
                let session = Session {
                    input: BufReader::new(input),
                    output,
                    behaviour: told.clone(),
                    seen: seeing.clone(),
                    mails: Arc::clone(&kept),
                    commands: Arc::clone(&heard),
                };
                sessions.spawn(async move {
                    // A client that goes away is no event.
                    drop(session.run().await);
                });
            }
        });
        Ok(Self {
            address,
            behaviour,
            seen,
            mails,
            commands,
            _tasks: tasks,
        })
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// From now on it behaves like this; whoever was stalled is answered.
    pub fn behave(&self, behaviour: Behaviour) {
        self.behaviour.send_replace(behaviour);
    }

    /// Waits until so many clients have been left without an answer.
    pub async fn stalled(&self, clients: usize) {
        let mut seen = self.seen.clone();
        drop(seen.wait_for(|seen| seen.stalled >= clients).await);
    }

    /// How often a client has said EHLO.
    pub fn greeted(&self) -> usize {
        self.seen.borrow().greeted
    }

    /// How many clients have begun TLS.
    pub fn encrypted(&self) -> usize {
        self.seen.borrow().encrypted
    }

    /// Every line that came in clear, without those of mails.
    pub fn commands(&self) -> Vec<String> {
        lock(&self.commands).clone()
    }

    /// Every mail received whole, also those whose sender was not told so.
    pub fn mails(&self) -> Vec<Mail> {
        lock(&self.mails).clone()
    }
}

impl Session {
    async fn run(mut self) -> io::Result<()> {
        if *self.behaviour.borrow() == Behaviour::ExpectTls {
            return self.expect_tls().await;
        }
        self.answer(Stage::Greeting, "220 mailbox.test ready")
            .await?;
        let mut mail = Mail::default();
        loop {
            let line = self.line().await?;
            lock(&self.commands).push(line.clone());
            let verb = line.get(..4).unwrap_or(&line).to_ascii_uppercase();
            match verb.as_str() {
                "EHLO" => self.hello().await?,
                "STAR" => {
                    self.say("220 2.0.0 go ahead").await?;
                    return self.expect_tls().await;
                }
                "AUTH" => self.answer(Stage::Login, "235 2.7.0 welcome").await?,
                "MAIL" => {
                    mail.from = path(&line);
                    self.answer(Stage::Sender, "250 2.1.0 ok").await?;
                }
                "RCPT" => {
                    mail.to.push(path(&line));
                    self.answer(Stage::Recipient, "250 2.1.5 ok").await?;
                }
                "DATA" => {
                    self.say("354 go ahead").await?;
                    mail.data = self.data().await?;
                    self.receive(std::mem::take(&mut mail)).await?;
                }
                "RSET" => {
                    mail = Mail::default();
                    self.say("250 2.0.0 ok").await?;
                }
                "NOOP" => self.say("250 2.0.0 ok").await?,
                "QUIT" => {
                    self.wait_while(&Behaviour::Linger).await?;
                    return self.say("221 2.0.0 bye").await;
                }
                "" => return Ok(()),
                _ => self.say("502 5.5.2 unknown").await?,
            }
        }
    }

    async fn hello(&mut self) -> io::Result<()> {
        self.seen.send_modify(|seen| seen.greeted += 1);
        let offer = match *self.behaviour.borrow() {
            Behaviour::OfferTls => "250-mailbox.test\r\n250-STARTTLS\r\n250 AUTH PLAIN",
            _ => "250-mailbox.test\r\n250-8BITMIME\r\n250 AUTH PLAIN",
        };
        self.answer(Stage::Hello, offer).await
    }

    /// Whoever begins TLS sends a handshake record of some version 3 (RFC 8446 section 5.1).
    async fn expect_tls(&mut self) -> io::Result<()> {
        if self.input.read_u8().await? == 22 && self.input.read_u8().await? == 3 {
            self.seen.send_modify(|seen| seen.encrypted += 1);
        }
        Ok(())
    }

    /// The end of the data: the mail is kept unless it is refused.
    async fn receive(&mut self, mail: Mail) -> io::Result<()> {
        self.wait_while(&Behaviour::Stall).await?;
        let behaviour = self.behaviour.borrow().clone();
        if let Behaviour::Refuse(Stage::Data, line) = behaviour {
            return self.say(&line).await;
        }
        lock(&self.mails).push(mail);
        if behaviour == Behaviour::HangUp {
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        self.say("250 2.0.0 kept").await
    }

    /// Leaves the client without an answer for as long as the server behaves like this.
    async fn wait_while(&mut self, behaviour: &Behaviour) -> io::Result<()> {
        if *self.behaviour.borrow() == *behaviour {
            self.seen.send_modify(|seen| seen.stalled += 1);
            let waited = self.behaviour.wait_for(|now| now != behaviour);
            waited.await.map_err(io::Error::other)?;
        }
        Ok(())
    }

    async fn answer(&mut self, stage: Stage, otherwise: &str) -> io::Result<()> {
        let behaviour = self.behaviour.borrow().clone();
        match behaviour {
            Behaviour::Refuse(at, line) if at == stage => self.say(&line).await,
            _ => self.say(otherwise).await,
        }
    }

    /// Lines up to a dot on its own, with the dots that were doubled made one again.
    async fn data(&mut self) -> io::Result<String> {
        let mut data = String::new();
        loop {
            let line = self.line().await?;
            match line.strip_prefix('.') {
                Some("") => return Ok(data),
                Some(rest) => data.push_str(rest),
                None => data.push_str(&line),
            }
            data.push_str("\r\n");
        }
    }

    async fn line(&mut self) -> io::Result<String> {
        let mut bytes = Vec::new();
        if self.input.read_until(b'\n', &mut bytes).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let text = String::from_utf8_lossy(&bytes);
        Ok(text.trim_end_matches(['\r', '\n']).to_owned())
    }

    async fn say(&mut self, line: &str) -> io::Result<()> {
        self.output
            .write_all(format!("{line}\r\n").as_bytes())
            .await
    }
}

/// What stands between the angle brackets.
fn path(line: &str) -> String {
    let inside = line.split_once('<').and_then(|(_, rest)| {
        let (inside, _) = rest.split_once('>')?;
        Some(inside)
    });
    inside.unwrap_or_default().to_owned()
}

fn lock<T>(kept: &Mutex<Vec<T>>) -> MutexGuard<'_, Vec<T>> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}
