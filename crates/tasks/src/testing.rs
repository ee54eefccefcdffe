//! Programs that tests make.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// Writes an executable script that can be run at once, whatever other threads of this process start meanwhile: a program started
/// while this process writes to the script would inherit the open file, and keep it from being run (`ETXTBSY`). So another
/// process writes it.
///
/// # Panics
/// When it cannot be written.
pub fn write_script(path: &Path, text: &str) {
    let mut writer = Command::new("sh")
        .args(["-c", "cat > \"$0\" && chmod 0755 \"$0\""])
        .arg(path)
        .stdin(Stdio::piped())
        .spawn()
        .expect("sh can be run");
    let mut stdin = writer.stdin.take().expect("standard input is a pipe");
    stdin.write_all(text.as_bytes()).expect("the script is taken");
    drop(stdin);
    assert!(writer.wait().expect("sh ends").success(), "{} cannot be written", path.display());
}
