//! This program's own code in memory.
#![allow(unsafe_code, reason = "the kernel cannot know that what is given back is read again from the file")]

use std::{fs, io};

use rustix::mm::{Advice, madvise};

/// Gives back the code that is mapped: what runs from now on is mapped again as it runs, from the page cache, and what only the start
/// needed stays away. The kernel maps in large pieces where the page cache has such, so that a start can cost several megabytes that
/// are never looked at again.
///
/// # Errors
/// When the kernel does not say what is mapped where, or refuses.
pub fn give_back_code() -> io::Result<()> {
    let own = fs::read_link("/proc/self/exe")?;
    let own = own.to_string_lossy();
    let maps = fs::read_to_string("/proc/self/maps")?;
    for (start, end) in maps.lines().filter_map(|line| code(line, &own)) {
        // SAFETY: a private mapping of a file that is executable and not writable, so never written to: relocations lie elsewhere. Its pages
        // are the file's, and a page that is touched next comes from there with the same content. A program's file cannot be written
        // to while it runs (ETXTBSY).
        unsafe { madvise(start as *mut _, end - start, Advice::LinuxDontNeed) }?;
    }
    Ok(())
}

/// Where a line of `/proc/self/maps` says that code of the program `own` lies.
fn code(line: &str, own: &str) -> Option<(usize, usize)> {
    let (range, rest) = line.split_once(' ')?;
    let is_own_code = rest.starts_with("r-xp ") && rest.ends_with(own);
    let (start, end) = range.split_once('-').filter(|_| is_own_code)?;
    Some((usize::from_str_radix(start, 16).ok()?, usize::from_str_radix(end, 16).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_is_found_in_the_map() {
        for (line, expected) in [
            ("1000-3000 r-xp 00001000 fe:00 12   /usr/bin/kubelet", Some((0x1000, 0x3000))),
            ("1000-3000 r--p 00001000 fe:00 12   /usr/bin/kubelet", None),
            ("1000-3000 rw-p 00001000 fe:00 12   /usr/bin/kubelet", None),
            ("1000-3000 r-xp 00001000 fe:00 12   /usr/lib/libc.so.6", None),
            ("1000-3000 r-xp 00000000 00:00 0    [vdso]", None),
            ("", None),
        ] {
            assert_eq!(code(line, "/usr/bin/kubelet"), expected, "{line}");
        }
    }

    #[test]
    fn a_program_goes_on_without_its_code() {
        give_back_code().unwrap();
        let own = std::env::current_exe().unwrap();
        assert!(fs::read_to_string("/proc/self/maps").unwrap().contains(&*own.to_string_lossy()));
    }
}
