//! The end of a connection, put off until the client knows of it.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

/// What is read at once of what nobody wants any more.
const DISCARDED: usize = 1024;

/// A stream that is not closed before the client has closed it, or the time for that is over.
///
/// HTTP/2 tells a client which of his requests is the last to be answered; what he sent beyond it he may send again
/// elsewhere. A request that he was writing in that very moment must find the connection open all the same: were it closed,
/// he would see an error of the network, after which nothing is sent again.
pub(super) struct Farewell<S> {
    stream: S,
    bound: Duration,
    over: Option<Pin<Box<Sleep>>>,
}

impl<S> Farewell<S> {
    /// `bound` is how long the client may take.
    pub(super) fn new(stream: S, bound: Duration) -> Self {
        Self { stream, bound, over: None }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Farewell<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Farewell<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Self { stream, bound, over } = &mut *self;
        ready!(Pin::new(&mut *stream).poll_flush(cx))?;
        let over = over.get_or_insert_with(|| Box::pin(sleep(*bound)));
        while over.as_mut().poll(cx).is_pending() {
            let mut space = [0; DISCARDED];
            let mut discarded = ReadBuf::new(&mut space);
            // However it ends, it has ended.
            let read = ready!(Pin::new(&mut *stream).poll_read(cx, &mut discarded));
            if read.is_err() || discarded.filled().is_empty() {
                break;
            }
        }
        Pin::new(&mut *stream).poll_shutdown(cx)
    }
}
