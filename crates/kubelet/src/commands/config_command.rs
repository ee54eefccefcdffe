//! `kubelet config check FILE…` and `kubelet config show [FLAGS]`. What they say is written by the crate `config`.

use crate::startup::configuration;
use config::{ConfigCommand, File};
use std::path::Path;
use std::process::ExitCode;

/// Carries the command out. Exit status: 0 good, 1 findings or unreadable files, 2 wrong usage.
pub fn config(words: &[String]) -> ExitCode {
    match config::parse_config_command(words) {
        Ok(ConfigCommand::Check { files, format, strict }) => match read(&files) {
            Ok(files) => {
                let report = config::check(&files);
                print!("{}", report.render(format));
                ExitCode::from(report.exit_status(strict))
            }
            Err(status) => status,
        },
        Ok(ConfigCommand::Show { command_line, format }) => {
            let sources = match configuration::read(&command_line, false) {
                Ok(sources) => sources,
                Err(error) => return failed(&error),
            };
            let inspection = config::inspect(&command_line, &sources);
            for finding in &inspection.findings {
                eprintln!("{finding}");
            }
            match config::show(&inspection, format) {
                Some(text) => {
                    print!("{text}");
                    ExitCode::from(u8::from(inspection.findings.iter().any(config::Finding::is_error)))
                }
                None => ExitCode::FAILURE,
            }
        }
        Ok(ConfigCommand::Help) => {
            println!(
                "Usage:\n  kubelet config check FILE… [-o json] [--strict]\n  kubelet config show [-o json] [FLAGS]"
            );
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

fn read(paths: &[String]) -> Result<Vec<File>, ExitCode> {
    let files = paths.iter().map(|path| configuration::read_file(Path::new(path)));
    files.collect::<Result<_, _>>().map_err(|error| failed(&error))
}

fn failed(error: &dyn std::error::Error) -> ExitCode {
    eprintln!("error: {error}");
    ExitCode::FAILURE
}
