//! `golden record PROGRAM` and `golden replay PROGRAM`, inside a box. `cargo xtask golden` makes the box and calls this.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail};

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<ExitCode> {
    let mut arguments = std::env::args().skip(1);
    let usage = "usage: golden record|replay PROGRAM [--keep DIRECTORY] [PART OF A CASE'S NAME]...";
    let verb = arguments.next().context(usage)?;
    let program = PathBuf::from(arguments.next().context(usage)?);
    let mut keep = None;
    let mut filter = Vec::new();
    while let Some(argument) = arguments.next() {
        if argument == "--keep" {
            keep = Some(PathBuf::from(arguments.next().context(usage)?));
        } else {
            filter.push(argument);
        }
    }
    match verb.as_str() {
        "record" => {
            golden::run::record(&program, &filter, keep).await?;
            Ok(ExitCode::SUCCESS)
        }
        "replay" => {
            let (report, clean) = golden::run::replay(&program, &filter, keep).await?;
            print!("{report}");
            Ok(if clean { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        _ => bail!(usage),
    }
}
