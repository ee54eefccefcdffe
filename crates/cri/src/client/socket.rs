//! A Unix socket that nobody is woken for needlessly.
//!
//! The kernel reports a Unix socket as writable whenever its peer has read something. Tokio's own socket asks for that all the
//! time, so that each request wakes the process once more for nothing. This one asks while it has something that it could not write.

use std::io::{self, IoSlice, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::unix::pipe;

/// See the module. One socket by up to three descriptors: tokio's ends of pipes wait for one direction each, and do with any
/// descriptor that can be read and written.
#[derive(Debug)]
pub(super) struct Socket {
    stream: UnixStream,
    incoming: pipe::Receiver,
    /// While the socket is full.
    full: Option<pipe::Sender>,
}

impl Socket {
    /// Takes over a connected socket.
    pub(super) fn new(stream: tokio::net::UnixStream) -> io::Result<Self> {
        let stream = stream.into_std()?;
        let incoming = pipe::Receiver::from_owned_fd_unchecked(OwnedFd::from(stream.try_clone()?))?;
        Ok(Socket { stream, incoming, full: None })
    }

    /// Writes at once: `None` when the socket is full, which is waited for from then on.
    fn write_now(
        &mut self,
        mut write: impl FnMut(&UnixStream) -> io::Result<usize>,
    ) -> Option<io::Result<usize>> {
        if self.full.is_some() {
            return None;
        }
        loop {
            match write(&self.stream) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                written => return Some(written),
            }
        }
        let again = self.stream.try_clone().map(OwnedFd::from);
        match again.and_then(pipe::Sender::from_owned_fd_unchecked) {
            Ok(full) => self.full = Some(full),
            Err(error) => return Some(Err(error)),
        }
        None
    }

    /// Writes as soon as the socket takes something again.
    fn poll_full(
        &mut self,
        write: impl FnOnce(Pin<&mut pipe::Sender>) -> Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        let Some(full) = &mut self.full else { return Poll::Ready(Ok(0)) };
        let written = ready!(write(Pin::new(full)));
        self.full = None;
        Poll::Ready(written)
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.incoming).poll_read(context, buffer)
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.write_now(|mut stream| stream.write(bytes)) {
            Some(written) => Poll::Ready(written),
            None => self.poll_full(|full| full.poll_write(context, bytes)),
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self.write_now(|mut stream| stream.write_vectored(slices)) {
            Some(written) => Poll::Ready(written),
            None => self.poll_full(|full| full.poll_write_vectored(context, slices)),
        }
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(self.stream.shutdown(std::net::Shutdown::Write))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    #[tokio::test]
    async fn all_arrives_even_when_it_is_full_for_a_while() {
        const LENGTH: usize = 5_000_000;
        let (ours, mut theirs) = tokio::net::UnixStream::pair().unwrap();
        let mut ours = Socket::new(ours).unwrap();
        let sent: Vec<u8> = (0..LENGTH).map(|index| index.to_le_bytes()[0]).collect();
        let echo = tokio::spawn(async move {
            let mut received = vec![0; LENGTH];
            theirs.read_exact(&mut received).await.unwrap();
            theirs.write_all(&received).await.unwrap();
        });
        ours.write_all(&sent).await.unwrap();
        let mut received = Vec::new();
        ours.read_to_end(&mut received).await.unwrap();
        assert!(received == sent);
        assert!(ours.full.is_none());
        echo.await.unwrap();
        assert_eq!(ours.write(b"x").await.unwrap_err().kind(), io::ErrorKind::BrokenPipe);
    }
}
