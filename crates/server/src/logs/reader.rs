//! The loop that reads a log to its end, and beyond.

use super::LogOptions;
use super::entry::parse;
use super::formatter::Formatter;
use super::tail::start_of_tail;
use super::watch::Watch;
use bytes::Bytes;
use std::io::{self, SeekFrom};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio::sync::mpsc;
use tokio::time::Instant;

/// Bytes read, and sent, at once.
const CHUNK_BYTES: usize = 64 * 1024;
/// A longer line of the file is cut: runtimes write entries of at most 16 KiB, so it is damage.
const MAX_LINE_BYTES: usize = 1024 * 1024;
/// Asking whether the container still runs is not free; once a second is enough.
const LIVENESS_PERIOD: Duration = Duration::from_secs(1);

/// A log could not be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read {path}")]
pub struct LogError {
    /// The log file.
    pub path: PathBuf,
    /// Why.
    #[source]
    pub source: io::Error,
}

/// One reader of one container's log.
#[derive(Debug)]
pub struct LogReader {
    path: PathBuf,
    options: LogOptions,
    formatter: Formatter,
    file: File,
    /// Where the next read begins.
    position: u64,
    /// Where reading ends when not following.
    end: u64,
    /// Read and not yet a whole line.
    pending: Vec<u8>,
    /// The rest of an overlong line is passed over.
    skipping: bool,
    /// Formatted and not yet sent.
    output: Vec<u8>,
}

/// The reader of the other end has gone, or has had all that it asked for.
struct Finished;

impl LogReader {
    /// Opens the log and finds where to begin.
    ///
    /// # Errors
    /// When the file cannot be opened or read.
    pub async fn open(path: &Path, options: LogOptions) -> Result<Self, LogError> {
        let error = |source| LogError { path: path.to_owned(), source };
        let file = std::fs::File::open(path).map_err(error)?;
        let end = file.metadata().map_err(error)?.len();
        let (file, position) = match options.tail_lines {
            None => (file, 0),
            Some(lines) => tokio::task::spawn_blocking(move || {
                let start = start_of_tail(&file, end, lines)?;
                Ok((file, start))
            })
            .await
            .unwrap_or_else(|panic| Err(io::Error::other(panic)))
            .map_err(error)?,
        };
        let mut file = File::from_std(file);
        file.seek(SeekFrom::Start(position)).await.map_err(error)?;
        Ok(Self {
            path: path.to_owned(),
            formatter: Formatter::new(options.clone()),
            options,
            file,
            position,
            end,
            pending: Vec::new(),
            skipping: false,
            output: Vec::new(),
        })
    }

    /// Sends the log in chunks until it ends, or the receiver is dropped. `is_alive` says whether the container still runs; it is asked
    /// only when following.
    ///
    /// # Errors
    /// When the file can no longer be read.
    pub async fn run(
        mut self,
        chunks_tx: mpsc::Sender<Bytes>,
        is_alive: impl Fn() -> bool + Send,
    ) -> Result<(), LogError> {
        let path = self.path.clone();
        let outcome = if self.options.follow {
            self.follow(&chunks_tx, is_alive).await
        } else {
            self.read_once(&chunks_tx).await
        };
        match outcome {
            Ok(_) => Ok(()),
            Err(source) => Err(LogError { path, source }),
        }
    }

    async fn read_once(&mut self, chunks_tx: &mpsc::Sender<Bytes>) -> io::Result<Finished> {
        if let Some(finished) = self.read_to_end(self.end, chunks_tx).await? {
            return Ok(finished);
        }
        self.finish_line();
        self.flush(chunks_tx).await;
        Ok(Finished)
    }

    async fn follow(
        &mut self,
        chunks_tx: &mpsc::Sender<Bytes>,
        is_alive: impl Fn() -> bool,
    ) -> io::Result<Finished> {
        let directory = self.path.parent().unwrap_or(Path::new("/")).to_owned();
        let mut watch = Watch::new(&directory);
        let mut alive = is_alive();
        let mut asked = Instant::now();
        // Seen before the last read to the end: what was written until then has been read.
        let mut replaced = false;
        loop {
            if let Some(finished) = self.read_to_end(u64::MAX, chunks_tx).await? {
                return Ok(finished);
            }
            if replaced {
                self.finish_line();
                self.file = File::open(&self.path).await?;
                self.position = 0;
                replaced = false;
                continue;
            }
            if !alive {
                self.finish_line();
                self.flush(chunks_tx).await;
                return Ok(Finished);
            }
            if self.file.metadata().await?.len() < self.position {
                self.file.seek(SeekFrom::Start(0)).await?;
                self.position = 0;
                self.pending.clear();
                continue;
            }
            replaced = self.is_replaced().await?;
            if asked.elapsed() >= LIVENESS_PERIOD {
                alive = is_alive();
                asked = Instant::now();
            }
            if replaced || !alive {
                continue;
            }
            tokio::select! {
                biased;
                () = chunks_tx.closed() => return Ok(Finished),
                () = watch.changed() => {}
            }
        }
    }

    /// Whether another file of the same name has come, and has content: the runtime writes there now.
    async fn is_replaced(&self) -> io::Result<bool> {
        let ours = self.file.metadata().await?;
        match tokio::fs::metadata(&self.path).await {
            Ok(theirs) => Ok((theirs.dev(), theirs.ino()) != (ours.dev(), ours.ino()) && theirs.len() > 0),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Reads and sends whole lines until `end` or the end of the file.
    async fn read_to_end(
        &mut self,
        end: u64,
        chunks_tx: &mpsc::Sender<Bytes>,
    ) -> io::Result<Option<Finished>> {
        while self.position < end {
            let wanted = (end - self.position).min(CHUNK_BYTES as u64);
            let read = (&mut self.file).take(wanted).read_buf(&mut self.pending).await?;
            if read == 0 {
                break;
            }
            self.position += read as u64;
            self.take_lines();
            if self.output.len() >= CHUNK_BYTES
                && let Some(finished) = self.flush(chunks_tx).await
            {
                return Ok(Some(finished));
            }
            if self.formatter.is_full() {
                break;
            }
        }
        Ok(self.flush(chunks_tx).await)
    }

    fn take_lines(&mut self) {
        let mut start = 0;
        while let Some(length) = self.pending[start..].iter().position(|byte| *byte == b'\n') {
            let line = &self.pending[start..=start + length];
            start += length + 1;
            if std::mem::take(&mut self.skipping) {
                continue;
            }
            if let Some(entry) = parse(line) {
                self.formatter.push(&entry, &mut self.output);
            }
        }
        self.pending.drain(..start);
        if self.pending.len() > MAX_LINE_BYTES {
            self.finish_line();
            self.skipping = true;
        }
    }

    /// Shows what was read of a line that will not be completed.
    fn finish_line(&mut self) {
        let line = std::mem::take(&mut self.pending);
        if !std::mem::take(&mut self.skipping)
            && let Some(entry) = parse(&line)
        {
            self.formatter.push(&entry, &mut self.output);
        }
    }

    async fn flush(&mut self, chunks_tx: &mpsc::Sender<Bytes>) -> Option<Finished> {
        if !self.output.is_empty() {
            let chunk = Bytes::from(std::mem::take(&mut self.output));
            if chunks_tx.send(chunk).await.is_err() {
                return Some(Finished);
            }
        }
        self.formatter.is_full().then_some(Finished)
    }
}
