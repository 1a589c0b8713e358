//! A line to the server that can be made to stall.

use crate::engine::Database;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use store::Target;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// Forwards to a server until told to stop; ends when dropped.
pub(crate) struct Proxy {
    port: u16,
    stalled: Arc<watch::Sender<bool>>,
    gate: Arc<watch::Sender<Gate>>,
    _tasks: JoinSet<()>,
}

/// What becomes of one line that a test singles out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Gate {
    Open,
    /// The next new line waits.
    Shut,
    /// It waits.
    Waiting,
    /// It goes through.
    Admitted,
    /// Both sides have closed it.
    Ended,
}

impl Proxy {
    /// A line to a database of the test server, and a store that uses it.
    pub(crate) async fn to(database: &Database, connections_max: usize) -> (Self, Target) {
        let server: tokio_postgres::Config = database.url().parse().unwrap();
        let proxy = Self::start((Ipv4Addr::LOCALHOST, server.get_ports()[0]).into()).await;
        let (port, name) = (proxy.port, &database.name);
        let url = format!("postgres://postgres@127.0.0.1:{port}/{name}?sslmode=disable");
        let target = Target::Postgres {
            url: url.into(),
            connections_max,
        };
        (proxy, target)
    }

    async fn start(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let stalled = Arc::new(watch::Sender::new(false));
        let mut tasks = JoinSet::new();
        let told = Arc::clone(&stalled);
        let gate = Arc::new(watch::Sender::new(Gate::Open));
        let keeper = Arc::clone(&gate);
        tasks.spawn(async move {
            let mut lines = JoinSet::new();
            loop {
                let (client, _) = listener.accept().await.unwrap();
                let (to_server, to_client) = (told.subscribe(), told.subscribe());
                let waits = keeper.send_if_modified(|gate| {
                    let waits = *gate == Gate::Shut;
                    if waits {
                        *gate = Gate::Waiting;
                    }
                    waits
                });
                let keeper = Arc::clone(&keeper);
                lines.spawn(async move {
                    if waits {
                        reaches(&keeper, Gate::Admitted).await;
                    }
                    let server = TcpStream::connect(server).await.unwrap();
                    let (client_in, client_out) = client.into_split();
                    let (server_in, server_out) = server.into_split();
                    tokio::join!(
                        forward(client_in, server_out, to_server),
                        forward(server_in, client_out, to_client),
                    );
                    if waits {
                        keeper.send_replace(Gate::Ended);
                    }
                });
            }
        });
        Self {
            port,
            stalled,
            gate,
            _tasks: tasks,
        }
    }

    /// The next new line is accepted and goes no further; those that there are go on.
    pub(crate) fn shut_to_the_next(&self) {
        self.gate.send_replace(Gate::Shut);
    }

    /// Waits until that line has come.
    pub(crate) async fn next_has_come(&self) {
        reaches(&self.gate, Gate::Waiting).await;
    }

    /// Lets that line through and waits until both sides have closed it.
    pub(crate) async fn admit_to_its_end(&self) {
        self.gate.send_replace(Gate::Admitted);
        reaches(&self.gate, Gate::Ended).await;
    }

    /// Nothing passes from now on, in neither direction; new lines are accepted and say nothing.
    pub(crate) fn stall(&self) {
        self.stalled.send_replace(true);
    }

    /// Everything passes again, what was held back included.
    pub(crate) fn resume(&self) {
        self.stalled.send_replace(false);
    }
}

async fn reaches(gate: &watch::Sender<Gate>, state: Gate) {
    let mut gate = gate.subscribe();
    gate.wait_for(|now| *now == state).await.unwrap();
}

async fn forward(
    mut from: tokio::net::tcp::OwnedReadHalf,
    mut to: tokio::net::tcp::OwnedWriteHalf,
    mut stalled: watch::Receiver<bool>,
) {
    let mut bytes = vec![0; 16 * 1024];
    while let Ok(count @ 1..) = from.read(&mut bytes).await {
        let passes = stalled.wait_for(|stalled| !stalled).await.is_ok();
        if !passes || to.write_all(&bytes[..count]).await.is_err() {
            return;
        }
    }
}
