//! Images that a registry gives only to who knows a password: from the node's file, from a credential provider program.

use anyhow::ensure;
use e2e::cases;
use e2e::environment::Environment;
use e2e::kubelet::Options;
use e2e::manifest::{STAY, shell};
use e2e::node::{Node, first, waiting_reason};
use e2e::suite::Case;
use std::fs;
use std::path::PathBuf;
use tasks::testing::write_script;

pub(crate) const ALONE: &[Case] = cases![Alone:
    the_nodes_file_opens_a_registry,
    a_program_opens_a_registry,
];

const IMAGE: &str = "registry.private/library/busybox:latest";

/// A pod of the private image.
fn private(name: &str) -> String {
    shell(name, STAY).replace("image: busybox", &format!("image: {IMAGE}")).replace("IfNotPresent", "Always")
}

async fn is_refused(node: &Node, name: &str) -> anyhow::Result<()> {
    node.write(&format!("{name}.yaml"), &private(name))?;
    let pod = node
        .pod_until(name, "is refused", |pod| {
            matches!(waiting_reason(pod), Some("ErrImagePull" | "ImagePullBackOff"))
        })
        .await?;
    let state = first(&pod).state.clone().unwrap_or_default();
    let message = state.waiting.unwrap_or_default().message.unwrap_or_default();
    ensure!(message.contains(IMAGE), "{message}");
    Ok(())
}

async fn runs(node: &Node, name: &str) -> anyhow::Result<()> {
    node.write(&format!("{name}.yaml"), &private(name))?;
    node.running(name).await?;
    node.event(name, &format!("Pulled: Successfully pulled image \"{IMAGE}\" in ")).await?;
    Ok(())
}

async fn the_nodes_file_opens_a_registry(environment: Environment) -> anyhow::Result<()> {
    let node = Node::start(&environment, Options::new(&environment, "credentials-file")).await?;
    is_refused(&node, "stranger").await?;
    // A changed file acts at the next pull; of two credentials that fit, the more specific one is tried first.
    let config = r#"{"auths":{
        "registry.private/library":{"username":"somebody","password":"wrong"},
        "https://registry.private":{"auth":"c29tZWJvZHk6bGV0LW1lLWlu"}
    }}"#;
    fs::write(node.kubelet.root_dir().join("config.json"), config)?;
    runs(&node, "known").await?;
    // What came with the node's own credentials is for all of its pods.
    let present = private("present").replace("Always", "IfNotPresent");
    node.write("present.yaml", &present)?;
    node.running("present").await?;
    node.event("present", "Pulled: Container image ").await?;
    Ok(())
}

/// A directory with a program that knows the password, and its configuration.
fn program(environment: &Environment) -> anyhow::Result<PathBuf> {
    let directory = environment.root.join("credentials-programs");
    fs::create_dir_all(directory.join("bin"))?;
    let answer = r#"{"kind":"CredentialProviderResponse","apiVersion":"credentialprovider.kubelet.k8s.io/v1","cacheKeyType":"Registry","cacheDuration":"1h","auth":{"registry.private":{"username":"somebody","password":"let-me-in"}}}"#;
    let program = directory.join("bin/password");
    write_script(
        &program,
        &format!("#!/bin/sh\necho run >> {}/runs\necho '{answer}'\n", directory.display()),
    );
    let configuration = "kind: CredentialProviderConfig
apiVersion: kubelet.config.k8s.io/v1
providers:
- name: password
  apiVersion: credentialprovider.kubelet.k8s.io/v1
  matchImages: ['*.private']
  defaultCacheDuration: 0s
";
    fs::write(directory.join("config.yaml"), configuration)?;
    Ok(directory)
}

async fn a_program_opens_a_registry(environment: Environment) -> anyhow::Result<()> {
    let directory = program(&environment)?;
    let options = Options::new(&environment, "credentials-program")
        .flag(format!("--image-credential-provider-config={}", directory.join("config.yaml").display()))
        .flag(format!("--image-credential-provider-bin-dir={}", directory.join("bin").display()));
    let node = Node::start(&environment, options).await?;
    runs(&node, "first").await?;
    runs(&node, "second").await?;
    let runs = fs::read_to_string(directory.join("runs"))?;
    ensure!(runs.lines().count() == 1, "the program ran {} times", runs.lines().count());
    Ok(())
}
