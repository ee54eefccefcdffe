//! The little HTTP that these commands speak: one request on a connection of its own, over TCP or a Unix socket.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, bail};

/// The longest that a server may take for one read or write.
const TIMEOUT: Duration = Duration::from_secs(30);
/// The longest answer that is read.
const ANSWER_LIMIT: u64 = 16 << 20;

/// One request.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// `GET`, `PUT`, …
    pub method: &'a str,
    /// Path and query.
    pub target: &'a str,
    /// The `Host` header.
    pub host: &'a str,
    /// The body's media type; empty for none.
    pub media_type: &'a str,
    /// The body.
    pub body: &'a [u8],
}

/// The answer to one request.
#[derive(Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The reason phrase after it.
    pub reason: String,
    /// Names in lower case, with their values.
    pub headers: Vec<(String, String)>,
    /// The body as text.
    pub body: String,
}

impl Answer {
    /// Checks the status.
    ///
    /// # Errors
    /// When it is another: the message holds the body.
    pub fn expect(&self, status: u16) -> anyhow::Result<()> {
        if self.status != status {
            bail!("the answer is {} {} instead of {status}: {}", self.status, self.reason, self.body.trim());
        }
        Ok(())
    }

    /// The value of a header, by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    fn parse(text: &str) -> Option<Self> {
        let (head, body) = text.split_once("\r\n\r\n")?;
        let mut lines = head.split("\r\n");
        let mut first = lines.next()?.splitn(3, ' ').skip(1);
        let status = first.next()?.parse().ok()?;
        let reason = first.next().unwrap_or_default().to_owned();
        let headers = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.trim().to_ascii_lowercase(), value.trim().to_owned()))
            .collect();
        Some(Self { status, reason, headers, body: body.to_owned() })
    }
}

/// A TCP connection with time-outs.
///
/// # Errors
/// When nobody takes it in time.
pub fn connect(address: SocketAddr) -> anyhow::Result<TcpStream> {
    let connection = TcpStream::connect_timeout(&address, TIMEOUT).context("there is no connection")?;
    connection.set_read_timeout(Some(TIMEOUT)).context("the connection takes no time-out")?;
    connection.set_write_timeout(Some(TIMEOUT)).context("the connection takes no time-out")?;
    Ok(connection)
}

/// A connection to a Unix socket with time-outs.
///
/// # Errors
/// When nobody listens there.
pub fn connect_unix(path: &Path) -> anyhow::Result<UnixStream> {
    let connection =
        UnixStream::connect(path).with_context(|| format!("there is no connection to {}", path.display()))?;
    connection.set_read_timeout(Some(TIMEOUT)).context("the connection takes no time-out")?;
    connection.set_write_timeout(Some(TIMEOUT)).context("the connection takes no time-out")?;
    Ok(connection)
}

/// Sends a request and reads the answer to the connection's end. HTTP/1.0, so that no answer comes in chunks.
///
/// # Errors
/// When the connection breaks or the answer is no HTTP.
pub fn request(mut connection: impl Read + Write, request: &Request<'_>) -> anyhow::Result<Answer> {
    let Request { method, target, host, media_type, body } = request;
    let mut head = format!(
        "{method} {target} HTTP/1.0\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {}\r\n",
        body.len()
    );
    if !media_type.is_empty() {
        head.push_str("Content-Type: ");
        head.push_str(media_type);
        head.push_str("\r\n");
    }
    head.push_str("\r\n");
    connection.write_all(head.as_bytes()).context("the request is not taken")?;
    connection.write_all(body).context("the body is not taken")?;
    let mut answer = Vec::new();
    connection.take(ANSWER_LIMIT).read_to_end(&mut answer).context("there is no answer")?;
    Answer::parse(&String::from_utf8_lossy(&answer)).context("the answer is no HTTP")
}

#[cfg(test)]
mod tests;
