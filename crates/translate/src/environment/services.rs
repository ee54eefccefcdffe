//! Variables that tell where services are (`pkg/kubelet/envvars`, `getServiceEnvVarMap`).

use std::collections::BTreeMap;

/// The service that every pod is told of: the API server. Namespace and name.
pub const MASTER_SERVICE: (&str, &str) = ("default", "kubernetes");

/// A service with an address of its own, as far as variables tell of it.
#[derive(Clone, Debug)]
pub struct ServiceLink<'a> {
    /// Its namespace.
    pub namespace: &'a str,
    /// Its name.
    pub name: &'a str,
    /// `spec.clusterIP`; services without one, empty or `None`, are left out.
    pub cluster_ip: &'a str,
    /// `spec.ports`, in order.
    pub ports: Vec<PortLink<'a>>,
}

/// A port of a service.
#[derive(Clone, Copy, Debug)]
pub struct PortLink<'a> {
    /// Its name; only the first port may have none.
    pub name: &'a str,
    /// Its number.
    pub port: i32,
    /// `TCP`, `UDP` or `SCTP`; empty for TCP.
    pub protocol: &'a str,
}

/// Variables about the services that pods of a namespace see: those of the namespace if the pod's `enableServiceLinks`
/// says so, and the API server's in any case.
pub fn service_variables<'a>(
    services: impl IntoIterator<Item = ServiceLink<'a>>,
    namespace: &str,
    enable_service_links: Option<bool>,
) -> BTreeMap<String, String> {
    let with_links = enable_service_links.unwrap_or(true);
    let mut visible: BTreeMap<&str, ServiceLink<'_>> = BTreeMap::new();
    for service in services {
        if service.cluster_ip.is_empty() || service.cluster_ip == "None" {
            continue;
        }
        if (service.namespace, service.name) == MASTER_SERVICE {
            // One of the same name in the pod's own namespace hides it.
            visible.entry(service.name).or_insert(service);
        } else if service.namespace == namespace && with_links {
            visible.insert(service.name, service);
        }
    }
    let mut variables = BTreeMap::new();
    for service in visible.into_values() {
        add(&service, &mut variables);
    }
    variables
}

fn add(service: &ServiceLink<'_>, variables: &mut BTreeMap<String, String>) {
    let Some(first) = service.ports.first() else { return };
    let prefix = variable_name(service.name);
    let ip = service.cluster_ip;
    let mut set = |name: String, value: String| variables.insert(name, value);
    set(format!("{prefix}_SERVICE_HOST"), ip.to_owned());
    set(format!("{prefix}_SERVICE_PORT"), first.port.to_string());
    for port in service.ports.iter().filter(|port| !port.name.is_empty()) {
        set(format!("{prefix}_SERVICE_PORT_{}", variable_name(port.name)), port.port.to_string());
    }
    // The variables of Docker's links; the first port has one more.
    set(format!("{prefix}_PORT"), url(ip, first));
    for port in &service.ports {
        let protocol = protocol(port);
        let of_port = format!("{prefix}_PORT_{}_{}", port.port, protocol.to_uppercase());
        set(format!("{of_port}_PROTO"), protocol.to_lowercase());
        set(format!("{of_port}_PORT"), port.port.to_string());
        set(format!("{of_port}_ADDR"), ip.to_owned());
        set(of_port, url(ip, port));
    }
}

fn url(ip: &str, port: &PortLink<'_>) -> String {
    let protocol = protocol(port).to_lowercase();
    let number = port.port;
    if ip.contains(':') {
        format!("{protocol}://[{ip}]:{number}")
    } else {
        format!("{protocol}://{ip}:{number}")
    }
}

fn protocol<'a>(port: &PortLink<'a>) -> &'a str {
    if port.protocol.is_empty() { "TCP" } else { port.protocol }
}

fn variable_name(name: &str) -> String {
    name.replace('-', "_").to_uppercase()
}
