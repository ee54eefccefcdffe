//! Installing what a node and the tests need, on Debian and its kin.
//!
//! ```text
//! machine   what no package gives: root, Linux, overlayfs, cgroups
//! packages  what the distribution gives
//! go        a current Go, for building the real parts of a test node
//! deny      cargo-deny
//! ```
//!
//! Everything that is there already is left as it is. What cannot be done is one sentence with the cure.

pub mod deny;
pub mod go;
pub mod machine;
pub mod packages;

/// How much is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub enum Purpose {
    /// A private containerd with runc and CNI plugins.
    Runtime,
    /// Also what local images are made of, and a registry for them.
    Images,
    /// Also Go and C headers: the parts of a cluster are built here.
    Cluster,
    /// Also cargo-deny and a virtual machine: everything that the tests use.
    Tests,
}

/// Installs what is missing for a purpose.
///
/// # Errors
/// When something is missing and cannot be installed: the message names the cure.
pub fn install(purpose: Purpose) -> anyhow::Result<()> {
    machine::check()?;
    packages::install(purpose)?;
    if purpose >= Purpose::Cluster {
        go::install()?;
    }
    if purpose >= Purpose::Tests {
        deny::install()?;
    }
    Ok(())
}
