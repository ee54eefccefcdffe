//! `status.addresses`, and the annotation from which a cloud provider knows what `--node-ip` asks for.

use crate::addresses::Choice;
use crate::settings::{CloudProvider, NodeSettings};
use k8s_openapi::api::core::v1::{Node, NodeAddress};
use std::net::IpAddr;

/// `cloud-provider/api` `AnnotationAlphaProvidedIPAddr`.
const PROVIDED_IP_ANNOTATION: &str = "alpha.kubernetes.io/provided-node-ip";

/// Addresses that a cloud provider has set are left alone; so are all when none could be found.
pub(super) fn write(node: &mut Node, settings: &NodeSettings, choice: &Choice) {
    if let Choice::Failed(_) = choice {
        return;
    }
    let is_external = settings.cloud_provider == CloudProvider::External;
    write_annotation(node, is_external, &settings.node_ips.specified());
    let addresses = node.status.get_or_insert_default().addresses.get_or_insert_default();
    if is_external && !addresses.is_empty() {
        return;
    }
    let ips: &[IpAddr] = match choice {
        Choice::Ips(ips) => ips,
        Choice::NameAlone | Choice::Failed(_) => &[],
    };
    let address = |kind: &str, address: String| NodeAddress { type_: kind.to_owned(), address };
    let internal = ips.iter().map(|ip| address("InternalIP", ip.to_string()));
    *addresses = internal.chain([address("Hostname", settings.name.clone())]).collect();
}

fn write_annotation(node: &mut Node, is_external: bool, specified: &[IpAddr]) {
    let texts: Vec<String> = specified.iter().map(IpAddr::to_string).collect();
    if is_external && !texts.is_empty() {
        let annotations = node.metadata.annotations.get_or_insert_default();
        annotations.insert(PROVIDED_IP_ANNOTATION.to_owned(), texts.join(","));
    } else if let Some(annotations) = &mut node.metadata.annotations {
        annotations.remove(PROVIDED_IP_ANNOTATION);
    }
}
