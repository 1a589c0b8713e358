//! A line to the server that can be made to stall.

use std::net::SocketAddr;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// Forwards to a server until told to stop; ends when dropped.
pub(crate) struct Proxy {
    pub(crate) port: u16,
    stalled: Arc<watch::Sender<bool>>,
    _tasks: JoinSet<()>,
}

impl Proxy {
    pub(crate) async fn start(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let stalled = Arc::new(watch::Sender::new(false));
        let mut tasks = JoinSet::new();
        let told = Arc::clone(&stalled);
        tasks.spawn(async move {
            let mut lines = JoinSet::new();
            loop {
                let (client, _) = listener.accept().await.unwrap();
                let (to_server, to_client) = (told.subscribe(), told.subscribe());
                lines.spawn(async move {
                    let server = TcpStream::connect(server).await.unwrap();
                    let (client_in, client_out) = client.into_split();
                    let (server_in, server_out) = server.into_split();
                    tokio::join!(
                        forward(client_in, server_out, to_server),
                        forward(server_in, client_out, to_client),
                    );
                });
            }
        });
        Self {
            port,
            stalled,
            _tasks: tasks,
        }
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
