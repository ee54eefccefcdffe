//! The pod's host name (`GeneratePodHostNameAndDomain`, `GetNodenameForKernel`).

use crate::{ConfigError, NodeFacts};
use k8s_openapi::api::core::v1::Pod;

/// A host name holds 63 characters: the kernel's 64 less the one that ends it, as upstream counts.
const MAX_HOST_NAME: usize = 63;
/// A full host name may use all 64 characters of the kernel's field.
const MAX_FULL_HOST_NAME: usize = 64;

/// A pod's short host name, and its domain, which is empty without a subdomain.
///
/// # Errors
/// [`ConfigError::HostName`] when truncation leaves nothing, which validation rules out.
pub fn host_name_and_domain(pod: &Pod, cluster_domain: &str) -> Result<(String, String), ConfigError> {
    let spec = types::pod::spec(pod);
    let pod_name = pod.metadata.name.as_deref().unwrap_or_default();
    if let Some(hostname) = &spec.hostname_override {
        return Ok((truncate(pod_name, hostname)?, String::new()));
    }
    let hostname = spec.hostname.as_deref().filter(|hostname| !hostname.is_empty()).unwrap_or(pod_name);
    let hostname = truncate(pod_name, hostname)?;
    let domain = match spec.subdomain.as_deref() {
        None | Some("") => String::new(),
        Some(subdomain) => {
            let namespace = pod.metadata.namespace.as_deref().unwrap_or_default();
            format!("{subdomain}.{namespace}.svc.{cluster_domain}")
        }
    };
    Ok((hostname, domain))
}

/// The name the pod's processes see as that of their machine.
pub(super) fn kernel_host_name(pod: &Pod, facts: &NodeFacts) -> Result<String, ConfigError> {
    let (hostname, domain) = host_name_and_domain(pod, &facts.cluster_domain)?;
    if domain.is_empty() || !types::pod::spec(pod).set_hostname_as_fqdn.unwrap_or(false) {
        return Ok(hostname);
    }
    let fqdn = format!("{hostname}.{domain}");
    if fqdn.len() > MAX_FULL_HOST_NAME {
        return Err(ConfigError::FullHostNameTooLong { fqdn, limit: MAX_FULL_HOST_NAME });
    }
    Ok(fqdn)
}

fn truncate(pod_name: &str, hostname: &str) -> Result<String, ConfigError> {
    if hostname.len() <= MAX_HOST_NAME {
        return Ok(hostname.to_owned());
    }
    let mut end = MAX_HOST_NAME;
    while !hostname.is_char_boundary(end) {
        end -= 1;
    }
    let truncated = hostname[..end].trim_end_matches(['-', '.']);
    if truncated.is_empty() {
        return Err(ConfigError::HostName { pod: pod_name.to_owned(), hostname: hostname.to_owned() });
    }
    Ok(truncated.to_owned())
}
