//! The clock of a request's head: from its first byte on it has so long and not longer, however slowly its bytes come.
//!
//! Bodies have times of their own, and a connection that waits for the next request is hyper's: so the clock runs only between the
//! first byte that comes while no request is under way and the moment in which the service gets the request.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

/// Knows whether requests of a connection are under way.
#[derive(Debug, Clone, Default)]
pub(super) struct HeadClock {
    under_way: Arc<AtomicUsize>,
}

impl HeadClock {
    /// A head is read: its request is under way until the guard is dropped.
    pub(super) fn head_is_read(&self) -> UnderWay {
        self.under_way.fetch_add(1, Ordering::AcqRel);
        UnderWay(Arc::clone(&self.under_way))
    }
}

/// A request that is under way.
#[derive(Debug)]
pub(super) struct UnderWay(Arc<AtomicUsize>);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

/// A connection whose reading fails when a head takes too long.
#[derive(Debug)]
pub(super) struct Timed<Io> {
    io: Io,
    clock: HeadClock,
    patience: Duration,
    /// When the head that has begun must be over.
    ends: Option<Pin<Box<Sleep>>>,
}

impl<Io> Timed<Io> {
    pub(super) const fn new(io: Io, clock: HeadClock, patience: Duration) -> Self {
        Self {
            io,
            clock,
            patience,
            ends: None,
        }
    }
}

impl<Io: AsyncRead + Unpin> AsyncRead for Timed<Io> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.io).poll_read(cx, buffer);
        if self.clock.under_way.load(Ordering::Acquire) > 0 {
            self.ends = None;
            return read;
        }
        match read {
            Poll::Ready(Ok(())) if buffer.filled().len() > before => {
                if self.ends.is_none() {
                    self.ends = Some(Box::pin(sleep_until(Instant::now() + self.patience)));
                }
                Poll::Ready(Ok(()))
            }
            Poll::Pending => match self.ends.as_mut().map(|ends| ends.as_mut().poll(cx)) {
                Some(Poll::Ready(())) => Poll::Ready(Err(io::Error::new(
                    io::ErrorKind::TimedOut,
                    "the head of a request took too long",
                ))),
                _ => Poll::Pending,
            },
            read @ Poll::Ready(_) => read,
        }
    }
}

impl<Io: AsyncWrite + Unpin> AsyncWrite for Timed<Io> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        // An answer is written: the head that came before it is over.
        self.ends = None;
        Pin::new(&mut self.io).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.ends = None;
        Pin::new(&mut self.io).poll_write_vectored(cx, pieces)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }
}
