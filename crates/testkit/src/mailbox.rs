//! A mail server that keeps what it gets, and refuses, stalls or hangs up when it is told to.
//!
//! It speaks RFC 5321 as far as a client can tell: greeting, EHLO, AUTH PLAIN, MAIL, RCPT, DATA
//! with dot-stuffing, RSET, NOOP, QUIT.

mod mail;

pub use mail::{Mail, Part};

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// A point of the dialogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// The answer to AUTH.
    Login,
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
    /// Mail is accepted, and the connection closed before the answer to it.
    HangUp,
}

/// A running mail server; ends when dropped.
#[derive(Debug)]
pub struct Mailbox {
    address: SocketAddr,
    behaviour: watch::Sender<Behaviour>,
    seen: watch::Receiver<Seen>,
    mails: Arc<Mutex<Vec<Mail>>>,
    _tasks: JoinSet<()>,
}

/// What has happened so far, for those who wait for it.
#[derive(Debug, Clone, Copy, Default)]
struct Seen {
    stalled: usize,
    greeted: usize,
}

struct Session {
    input: BufReader<OwnedReadHalf>,
    output: OwnedWriteHalf,
    behaviour: watch::Receiver<Behaviour>,
    seen: watch::Sender<Seen>,
    mails: Arc<Mutex<Vec<Mail>>>,
}

impl Mailbox {
    /// Listens on a free port of the loopback address.
    pub async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let (behaviour, told) = watch::channel(Behaviour::Accept);
        let (seeing, seen) = watch::channel(Seen::default());
        let mails = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&mails);
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut sessions = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let (told, seeing, kept) = (told.clone(), seeing.clone(), Arc::clone(&kept));
                sessions.spawn(async move {
                    // A client that goes away is no event.
                    drop(Session::new(stream, told, seeing, kept).run().await);
                });
            }
        });
        Ok(Self {
            address,
            behaviour,
            seen,
            mails,
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

    /// Every mail received whole, also those whose sender was not told so.
    pub fn mails(&self) -> Vec<Mail> {
        lock(&self.mails).clone()
    }
}

impl Session {
    fn new(
        stream: TcpStream,
        behaviour: watch::Receiver<Behaviour>,
        seen: watch::Sender<Seen>,
        mails: Arc<Mutex<Vec<Mail>>>,
    ) -> Self {
        let (input, output) = stream.into_split();
        Self {
            input: BufReader::new(input),
            output,
            behaviour,
            seen,
            mails,
        }
    }

    async fn run(mut self) -> io::Result<()> {
        self.say("220 mailbox.test ready").await?;
        let mut mail = Mail::default();
        loop {
            let line = self.line().await?;
            let verb = line.get(..4).unwrap_or(&line).to_ascii_uppercase();
            match verb.as_str() {
                "EHLO" => {
                    self.seen.send_modify(|seen| seen.greeted += 1);
                    self.say("250-mailbox.test\r\n250-8BITMIME\r\n250 AUTH PLAIN")
                        .await?;
                }
                "AUTH" => self.answer(Stage::Login, "235 2.7.0 welcome").await?,
                "MAIL" => {
                    mail.from = path(&line);
                    self.say("250 2.1.0 ok").await?;
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
                "QUIT" => return self.say("221 2.0.0 bye").await,
                "" => return Ok(()),
                _ => self.say("502 5.5.2 unknown").await?,
            }
        }
    }

    /// The end of the data: the mail is kept unless it is refused.
    async fn receive(&mut self, mail: Mail) -> io::Result<()> {
        if *self.behaviour.borrow() == Behaviour::Stall {
            self.seen.send_modify(|seen| seen.stalled += 1);
            let waited = self.behaviour.wait_for(|now| *now != Behaviour::Stall);
            waited.await.map_err(io::Error::other)?;
        }
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

fn lock(mails: &Mutex<Vec<Mail>>) -> MutexGuard<'_, Vec<Mail>> {
    mails.lock().unwrap_or_else(PoisonError::into_inner)
}
