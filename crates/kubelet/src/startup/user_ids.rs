//! The ids that pods with user namespaces of their own get.
//!
//! Source: `pkg/kubelet/kubelet_pods.go` `getKubeletMappings`, `parseGetSubIdsOutput` of 1.37.

use anyhow::{Context, Result, bail, ensure};
use pods::user_namespaces::{DEFAULT_IDS_PER_POD, IdSpace};
use std::io::ErrorKind;
use std::process::{Command, Stdio};

/// Whose subordinate ids they are.
const USER: &str = "kubelet";

/// The ids set aside for the user `kubelet` (`getsubids kubelet`), if there is such a user and program; else all from the
/// second block on. Runs a program and may ask a directory service: to be called at start, from a thread that may block.
///
/// # Errors
/// When the user is there and its ids cannot be told: rather than giving pods ids that are somebody else's.
pub fn id_space(ids_per_pod: Option<i64>) -> Result<IdSpace> {
    let per_pod = match ids_per_pod {
        Some(count) => u32::try_from(count).context("userNamespaces.idsPerPod")?,
        None => DEFAULT_IDS_PER_POD,
    };
    let passwd = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    if !passwd.lines().any(|line| line.split(':').next() == Some(USER)) {
        return Ok(IdSpace::unconfigured(per_pod));
    }
    let Some(users) = getsubids(&[USER])? else {
        tracing::info!(
            executable = "getsubids",
            "User namespaces: executable not found, using default mappings"
        );
        return Ok(IdSpace::unconfigured(per_pod));
    };
    let groups = getsubids(&["-g", USER])?;
    ensure!(groups.as_ref() == Some(&users), "mismatched subuids and subgids for user {USER:?}");
    let (first, length) = parse(&users)?;
    Ok(IdSpace { first, length, per_pod })
}

/// The program's answer; `None` if there is no such program.
fn getsubids(arguments: &[&str]) -> Result<Option<String>> {
    let answer = Command::new("getsubids").args(arguments).stdin(Stdio::null()).output();
    let output = match answer {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        answer => answer.context("getsubids cannot be run")?,
    };
    ensure!(
        output.status.success(),
        "error retrieving additional ids for user {USER:?}: getsubids {}",
        output.status
    );
    Ok(Some(String::from_utf8_lossy(&output.stdout).into_owned()))
}

/// First id and length from `0: kubelet 65536 7208960`.
fn parse(output: &str) -> Result<(u32, u32)> {
    let mut lines = output.trim().lines();
    let (Some(line), None) = (lines.next(), lines.next()) else {
        bail!("error parsing additional ids: one range is expected, not {output:?}");
    };
    let words: Vec<&str> = line.split_whitespace().collect();
    let [_, _, first, length] = words[..] else { bail!("error parsing additional ids: {line:?}") };
    Ok((
        first.parse().context("the first additional id")?,
        length.parse().context("the number of additional ids")?,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_of_getsubids() {
        for (text, expected) in [
            ("0: kubelet 65536 7208960\n", Some((65_536, 7_208_960))),
            ("0: kubelet 65536 7208960\n1: kubelet 0 1\n", None),
            ("", None),
            ("0: kubelet 65536\n", None),
            ("0: kubelet 65536 99999999999\n", None),
        ] {
            assert_eq!(parse(text).ok(), expected, "{text:?}");
        }
    }
}
