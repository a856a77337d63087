//! A wire between the service and an engine: a TCP proxy whose faults are chosen while it carries.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// What a wire does with what it is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Carriage {
    /// It carries.
    Whole,
    /// Each piece comes so much later.
    Slow(Duration),
    /// Nothing comes, and nobody is told.
    Stalled,
    /// All connections end, new ones at once.
    Cut,
    /// The connections that there are carry nothing any more and end unheard, as after the loss of a machine or of a
    /// firewall's memory; new ones carry.
    Lost,
}

/// The proxy. Ends when it is dropped.
pub(crate) struct Wire {
    address: SocketAddr,
    carriage: watch::Sender<Carriage>,
    task: JoinHandle<()>,
}

impl Wire {
    pub(crate) async fn to(target: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (carriage, changes) = watch::channel(Carriage::Whole);
        let task = tokio::spawn(async move {
            loop {
                let Ok((near, _)) = listener.accept().await else {
                    continue;
                };
                let changes = changes.clone();
                tokio::spawn(connect(near, target, changes));
            }
        });
        Self {
            address,
            carriage,
            task,
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn set(&self, carriage: Carriage) {
        self.carriage.send_replace(carriage);
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.task.abort();
        self.carriage.send_replace(Carriage::Cut);
    }
}

async fn connect(near: TcpStream, target: SocketAddr, mut changes: watch::Receiver<Carriage>) {
    let is_new = *changes.borrow() == Carriage::Lost;
    if wait_out_a_stall(&mut changes, is_new).await == Carriage::Cut {
        return;
    }
    let Ok(far) = TcpStream::connect(target).await else {
        return;
    };
    let _ = near.set_nodelay(true);
    let _ = far.set_nodelay(true);
    let (near_read, near_write) = near.into_split();
    let (far_read, far_write) = far.into_split();
    let cut = {
        let mut changes = changes.clone();
        async move {
            // The sender is gone when the wire is.
            let _ = changes.wait_for(|carriage| *carriage == Carriage::Cut).await;
        }
    };
    tokio::select! {
        () = cut => {}
        ((), ()) = async { tokio::join!(
            carry(near_read, far_write, changes.clone(), is_new),
            carry(far_read, near_write, changes.clone(), is_new),
        ) } => {}
    }
}

async fn carry(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut changes: watch::Receiver<Carriage>,
    is_new: bool,
) {
    let mut piece = vec![0; 64 * 1024];
    loop {
        let Ok(length @ 1..) = from.read(&mut piece).await else {
            let _ = to.shutdown().await;
            return;
        };
        match wait_out_a_stall(&mut changes, is_new).await {
            Carriage::Slow(later) => tokio::time::sleep(later).await,
            Carriage::Cut => return,
            Carriage::Whole | Carriage::Stalled | Carriage::Lost => {}
        }
        if to.write_all(&piece[..length]).await.is_err() {
            return;
        }
    }
}

/// How the next piece is carried, once it is.
async fn wait_out_a_stall(changes: &mut watch::Receiver<Carriage>, is_new: bool) -> Carriage {
    let is_lost = !is_new && *changes.borrow() == Carriage::Lost;
    let carries = |carriage: &Carriage| match carriage {
        Carriage::Stalled => false,
        Carriage::Lost => is_new,
        Carriage::Whole | Carriage::Slow(_) | Carriage::Cut => true,
    };
    match changes.wait_for(carries).await {
        // In the end somebody's kernel notices.
        Ok(_) if is_lost => Carriage::Cut,
        Ok(carriage) => *carriage,
        Err(_) => Carriage::Cut,
    }
}
