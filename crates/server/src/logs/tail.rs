//! Where the last N lines of a log begin, found from its end.

use super::entry::ends_line;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

/// Read at once, backwards.
const BLOCK_BYTES: u64 = 64 * 1024;
/// Enough of an entry to see its tags.
const HEAD_BYTES: usize = 128;

/// The offset at which the last `lines` lines of the first `length` bytes begin. A line is what the container wrote as one, however many
/// entries hold it.
pub(super) fn start_of_tail(file: &File, length: u64, lines: u64) -> io::Result<u64> {
    if lines == 0 {
        return Ok(length);
    }
    let mut seen_lines = 0;
    // The start of the entry after the one looked at.
    let mut next_start = length;
    let mut look_at = |start: u64| -> io::Result<Option<u64>> {
        let is_last = next_start == length;
        if is_last || ends_line(&head(file, start)?) {
            seen_lines += 1;
            if seen_lines > lines {
                return Ok(Some(next_start));
            }
        }
        next_start = start;
        Ok(None)
    };

    let mut block_end = length;
    let mut block = Vec::new();
    while block_end > 0 {
        let block_start = block_end.saturating_sub(BLOCK_BYTES);
        // At most BLOCK_BYTES, which fits.
        block.resize((block_end - block_start) as usize, 0);
        file.read_exact_at(&mut block, block_start)?;
        for position in (0..block.len()).rev() {
            let entry_start = block_start + position as u64 + 1;
            // The newline at the very end begins no entry.
            if block[position] == b'\n'
                && entry_start != length
                && let Some(found) = look_at(entry_start)?
            {
                return Ok(found);
            }
        }
        block_end = block_start;
    }
    Ok(look_at(0)?.unwrap_or(0))
}

fn head(file: &File, start: u64) -> io::Result<Vec<u8>> {
    let mut head = vec![0; HEAD_BYTES];
    let length = file.read_at(&mut head, start)?;
    head.truncate(length);
    Ok(head)
}
