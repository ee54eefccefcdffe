//! The manual page kubelet(8), generated from the table.

use super::help::{default_text, value_name};
use super::{FLAGS, Subcommand};

/// The page as roff, for `man -l`. `version` is the program's own.
pub fn manual(version: &str) -> String {
    let mut page = format!(
        ".TH KUBELET 8 \"\" \"kubelet {}\" \"Kubernetes\"\n.SH NAME\nkubelet \\- runs the pods of one node\n.SH SYNOPSIS\n.B kubelet\n[\\fIflags\\fR]\n",
        escape(version)
    );
    for command in Subcommand::ALL {
        page.push_str(&format!(".br\n.B kubelet {}\n{}\n", command.name(), escape(command.usage().0)));
    }
    page.push_str(".SH COMMANDS\n");
    for command in Subcommand::ALL {
        page.push_str(&format!(".TP\n.B {}\n{}\n", command.name(), escape(command.usage().1)));
    }
    page.push_str(".SH OPTIONS\n");
    for flag in FLAGS {
        let short = flag.shorthand.map_or(String::new(), |letter| format!("\\fB\\-{letter}\\fR, "));
        page.push_str(&format!(
            ".TP\n{short}\\fB\\-\\-{}\\fR {}\n{}",
            escape(flag.name),
            escape(value_name(flag)),
            escape(flag.help())
        ));
        let default = default_text(flag);
        if !default.is_empty() {
            page.push_str(&format!(" Default: {}.", escape(default)));
        }
        if flag.deprecated.is_some() {
            page.push_str(" Deprecated.");
        }
        page.push('\n');
    }
    page.push_str(".SH FILES\n.TP\n.I /var/lib/kubelet\nThe kubelet's own files (\\-\\-root\\-dir).\n");
    page
}

fn escape(text: &str) -> String {
    text.replace('`', "")
        .replace('\\', "\\e")
        .replace('-', "\\-")
        .replace('…', "...")
        .replace("\n.", "\n\\&.")
}
