//! The thread that starts children. The kernel ends a child when the thread that started it ends (the child asks for
//! that), so a thread of our own must do it, and live as long as the supervision: the runtime's threads come and go.

use std::io;
use std::sync::mpsc;
use std::thread;

use tokio::process::{Child, Command};
use tokio::sync::oneshot;

type Order = (Command, oneshot::Sender<io::Result<Child>>);

/// Starts children from one thread. When this is dropped, its children are killed.
pub(crate) struct Launcher {
    orders: mpsc::Sender<Order>,
}

impl Launcher {
    /// Starts the thread; to be called inside the runtime that will own the children's pipes.
    pub(crate) fn start() -> io::Result<Self> {
        let (orders, received) = mpsc::channel::<Order>();
        let runtime = tokio::runtime::Handle::current();
        thread::Builder::new()
            .name("clickhouse".to_owned())
            .spawn(move || {
                let _context = runtime.enter();
                for (mut command, started) in received {
                    // Nobody waits any more when the start was given up; the child is then killed as it is dropped.
                    let _ = started.send(command.spawn());
                }
            })?;
        Ok(Self { orders })
    }

    pub(crate) async fn spawn(&self, command: Command) -> io::Result<Child> {
        let gone = || io::Error::other("the starting thread ended");
        let (started, child) = oneshot::channel();
        self.orders.send((command, started)).map_err(|_| gone())?;
        child.await.map_err(|_| gone())?
    }
}
