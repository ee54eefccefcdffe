use super::*;
use crate::NodeFacts;
use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::{ConfigMap, Secret};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use serde_json::{Value, json};
use std::sync::Arc;

#[test]
fn references_are_expanded_as_upstreams_tests_say() {
    let check = |text: &str, expected: &str| {
        let value_of = |name: &str| {
            let value = match name {
                "VAR_A" => "A",
                "VAR_B" => "B",
                "VAR_C" => "C",
                "VAR_REF" => "$(VAR_A)",
                "VAR_EMPTY" => "",
                _ => return None,
            };
            Some(value.to_owned())
        };
        assert_eq!(expand(text, value_of), expected, "{text}");
    };
    for (text, expected) in [
        ("$(VAR_A)", "A"),
        ("___$(VAR_B)___", "___B___"),
        ("$(VAR_A)_$(VAR_B)_$(VAR_C)", "A_B_C"),
        ("$$(VAR_B)_$(VAR_A)", "$(VAR_B)_A"),
        ("f000-$$VAR_A", "f000-$VAR_A"),
        ("foo\\$(VAR_C)bar", "foo\\Cbar"),
        ("$(VAR_A$(VAR_B))", "$(VAR_A$(VAR_B))"),
        ("$(VAR_A$(VAR_B)", "$(VAR_A$(VAR_B)"),
        ("$(VAR_REF)", "$(VAR_A)"),
        ("%%$(VAR_REF)--$(VAR_REF)%%", "%%$(VAR_A)--$(VAR_A)%%"),
        ("foo$(VAR_EMPTY)bar", "foobar"),
        ("foo$(VAR_Awhoops!", "foo$(VAR_Awhoops!"),
        ("f00__(VAR_A)__", "f00__(VAR_A)__"),
        ("$?_boo_$!", "$?_boo_$!"),
        ("$VAR_A", "$VAR_A"),
        ("$(VAR_DNE)", "$(VAR_DNE)"),
        ("$$$$$$(BIG_MONEY)", "$$$(BIG_MONEY)"),
        ("$$$$$$$(GOOD_ODDS)", "$$$$(GOOD_ODDS)"),
        ("$$$$$$$(VAR_A)", "$$$A"),
        ("${VAR_A}", "${VAR_A}"),
        ("$(VAR_B)_______$(A", "B_______$(A"),
        ("$(VAR_A)foobarzab$", "Afoobarzab$"),
        ("--$($($($($--", "--$($($($($--"),
        ("$($($($($--foo$(", "$($($($($--foo$("),
        ("$(foo$$var)", "$(foo$$var)"),
        ("", ""),
        ("\n", "\n"),
        ("$£FOO", "$£FOO"),
        ("$中文", "$中文"),
    ] {
        check(text, expected);
    }
}

fn facts() -> NodeFacts {
    let allocatable = [("cpu", "2"), ("memory", "4Gi"), ("ephemeral-storage", "10G")];
    NodeFacts {
        host_ips: vec!["192.168.1.5".parse().unwrap(), "fd00::5".parse().unwrap()],
        allocatable: allocatable.map(|(name, amount)| (name.to_owned(), Quantity(amount.to_owned()))).into(),
        ..NodeFacts::default()
    }
}

fn pod(container: &Value) -> Pod {
    serde_json::from_value(json!({
        "metadata": {
            "name": "web-node", "namespace": "default", "uid": "u-1",
            "labels": {"b": "2", "a": "1\n\"x\"\u{1}é\u{2028}"},
            "annotations": {"note": "hello"}
        },
        "spec": {
            "nodeName": "node", "serviceAccountName": "account",
            "containers": [container, {"name": "other", "resources": {"requests": {"cpu": "1500m"}}}],
            "initContainers": [{"name": "first", "resources": {"limits": {"memory": "1"}}}]
        }
    }))
    .unwrap()
}

/// The variables of a container with this `env`, or the error's text.
fn resolved(env: Value, inputs: &EnvironmentInputs) -> Result<Vec<(String, String)>, String> {
    let pod = pod(&json!({
        "name": "app", "env": env,
        "resources": {"limits": {"memory": "1000Mi", "hugepages-2Mi": "4Mi"}, "requests": {"cpu": "250m"}}
    }));
    let container = &types::pod::spec(&pod).containers[0];
    environment(&pod, container, inputs, &facts())
        .map(|variables| {
            let text = |value: &[u8]| String::from_utf8(value.to_vec()).unwrap();
            variables.iter().map(|(name, value)| (name.to_owned(), text(value))).collect()
        })
        .map_err(|error| types::error::chain(&error))
}

fn check(env: Value, expected: Result<&[(&str, &str)], &str>) {
    let inputs = EnvironmentInputs {
        pod_ips: vec!["fd00::2".into(), "10.0.0.2".into(), "10.0.0.3".into()],
        services: [("SERVICE".to_owned(), "tcp".to_owned()), ("TAKEN".to_owned(), "by service".to_owned())]
            .into(),
        files: [
            (
                ("v".to_owned(), "env".to_owned()),
                Ok("A='1'\n# note\nB='two\nlines' # end\nC= x\n".to_owned()),
            ),
            (("v".to_owned(), "gone".to_owned()), Err("no such file".to_owned())),
        ]
        .into(),
        ..EnvironmentInputs::default()
    };
    let own = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
        let services = [("SERVICE", "tcp"), ("TAKEN", "by service")];
        let mut all: BTreeMap<String, String> =
            services.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
        all.extend(pairs.iter().map(|(name, value)| (name.to_string(), value.to_string())));
        all.into_iter().collect()
    };
    assert_eq!(resolved(env.clone(), &inputs), expected.map(own).map_err(str::to_owned), "{env}");
}

fn check_one(source: Value, expected: Result<&str, &str>) {
    let env = json!([{"name": "X", "valueFrom": source}]);
    match expected {
        Ok(value) => check(env, Ok(&[("X", value)])),
        Err(text) => check(env, Err(text)),
    }
}

#[test]
fn later_values_win_and_see_earlier_ones() {
    check(
        json!([
            {"name": "FIRST", "value": "$(SECOND)"},
            {"name": "SECOND", "value": "two"},
            {"name": "THIRD", "value": "$(SECOND)/$(FIRST)"},
            {"name": "ESCAPED", "value": "$$(SECOND)"},
            {"name": "EMPTY"},
            {"name": "FROM_SERVICE", "value": "$(SERVICE):$(TAKEN)"},
            {"name": "TAKEN", "value": "mine"},
            {"name": "SECOND", "value": "again"},
            {"name": "SELF", "value": "$(SELF)"},
        ]),
        Ok(&[
            ("FIRST", "$(SECOND)"),
            ("SECOND", "again"),
            ("THIRD", "two/$(SECOND)"),
            ("ESCAPED", "$(SECOND)"),
            ("EMPTY", ""),
            ("FROM_SERVICE", "tcp:by service"),
            ("TAKEN", "mine"),
            ("SELF", "$(SELF)"),
        ]),
    );
}

#[test]
fn fields_of_the_pod() {
    let field = |path: &str| json!({"fieldRef": {"apiVersion": "v1", "fieldPath": path}});
    for (path, expected) in [
        ("metadata.name", Ok("web-node")),
        ("metadata.namespace", Ok("default")),
        ("metadata.uid", Ok("u-1")),
        ("metadata.labels['b']", Ok("2")),
        ("metadata.labels['none']", Ok("")),
        ("metadata.annotations['note']", Ok("hello")),
        ("metadata.labels", Ok("a=\"1\\n\\\"x\\\"\\x01é\\u2028\"\nb=\"2\"")),
        ("metadata.annotations", Ok("note=\"hello\"")),
        ("spec.nodeName", Ok("node")),
        ("spec.serviceAccountName", Ok("account")),
        ("status.hostIP", Ok("192.168.1.5")),
        ("status.hostIPs", Ok("192.168.1.5,fd00::5")),
        ("status.podIP", Ok("10.0.0.2")),
        ("status.podIPs", Ok("10.0.0.2,fd00::2")),
        ("spec.restartPolicy", Err("unsupported fieldPath: spec.restartPolicy")),
        ("spec.nothing", Err("field label not supported: spec.nothing")),
        ("spec.x['y']", Err("field label does not support subscript: spec.x['y']")),
    ] {
        check_one(field(path), expected);
    }
    // What the node's object says goes before what the kubelet knew at its start.
    let inputs =
        EnvironmentInputs { host_ips: vec!["203.0.113.7".parse().unwrap()], ..EnvironmentInputs::default() };
    let env = json!([{"name": "X", "valueFrom": field("status.hostIPs")}]);
    assert_eq!(resolved(env, &inputs), Ok(vec![("X".to_owned(), "203.0.113.7".to_owned())]));
}

#[test]
fn resources_of_containers() {
    let check =
        |resource: &str, container: Option<&str>, divisor: Option<&str>, expected: Result<&str, &str>| {
            let mut selector = json!({"resource": resource});
            if let Some(container) = container {
                selector["containerName"] = json!(container);
            }
            if let Some(divisor) = divisor {
                selector["divisor"] = json!(divisor);
            }
            check_one(json!({"resourceFieldRef": selector}), expected);
        };
    check("limits.cpu", None, None, Ok("2"));
    check("limits.cpu", None, Some("1m"), Ok("2000"));
    check("limits.memory", None, None, Ok("1048576000"));
    check("limits.memory", None, Some("1Gi"), Ok("1"));
    check("limits.memory", None, Some("0"), Ok("1048576000"));
    check("limits.ephemeral-storage", None, Some("1G"), Ok("10"));
    check("limits.hugepages-2Mi", None, Some("1Mi"), Ok("4"));
    check("requests.hugepages-2Mi", None, None, Ok("0"));
    check("requests.cpu", None, None, Ok("1"));
    check("requests.cpu", None, Some("1m"), Ok("250"));
    check("requests.memory", None, None, Ok("0"));
    check("requests.cpu", Some("other"), Some("1m"), Ok("1500"));
    check("limits.memory", Some("other"), Some("1Mi"), Ok("4096"));
    check("limits.memory", Some("first"), None, Ok("1"));
    // Upstream applies the node's amounts to app containers alone.
    check("limits.cpu", Some("first"), None, Ok("0"));
    check("limits.cpu", Some("nobody"), None, Err("container nobody not found"));
    check("limits.example.com/x", None, None, Err("unsupported container resource : limits.example.com/x"));
}

#[test]
fn the_pods_limit_stands_in_before_the_nodes() {
    let mut pod = pod(&json!({"name": "app", "env": [
        {"name": "CPU", "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu", "divisor": "1m"}}},
        {"name": "MEMORY", "valueFrom": {"resourceFieldRef": {"resource": "limits.memory"}}},
    ]}));
    pod.spec.as_mut().unwrap().resources =
        Some(serde_json::from_value(json!({"limits": {"cpu": "750m"}})).unwrap());
    let container = &types::pod::spec(&pod).containers[0];
    let variables = environment(&pod, container, &EnvironmentInputs::default(), &facts()).unwrap();
    assert_eq!(variables.text("CPU").unwrap(), "750");
    assert_eq!(variables.text("MEMORY").unwrap(), "4294967296");
}

#[test]
fn files_of_variables() {
    let file = |path: &str, key: &str, optional: bool| json!({"fileKeyRef": {"volumeName": "v", "path": path, "key": key, "optional": optional}});
    check_one(file("env", "A", false), Ok("1"));
    check_one(file("env", "B", false), Ok("two\nlines"));
    check_one(file("env", "C", false), Err("environment variable key \"C\" not found in file \"env\""));
    check_one(file("env", "D", false), Err("environment variable key \"D\" not found in file \"env\""));
    check(json!([{"name": "X", "valueFrom": file("env", "D", true)}]), Ok(&[]));
    check_one(file("gone", "A", true), Err("couldn't parse env file"));
    check_one(
        json!({"fileKeyRef": {"volumeName": "w", "path": "p", "key": "k"}}),
        Err("cannot find the volume \"w\" referenced by FileKeyRef"),
    );
    let container = serde_json::from_value(json!({"name": "c", "env": [
        {"name": "X", "valueFrom": file("env", "A", false)}, {"name": "Y", "valueFrom": file("env", "B", false)}
    ]}))
    .unwrap();
    assert_eq!(environment_files(&container), [("v".to_owned(), "env".to_owned())].into());
}

#[test]
fn a_file_of_variables_is_read_strictly() {
    let check = |content: &str, expected: Result<Option<&str>, &str>| {
        let found = files::value(content, "K").map_err(|error| error.to_string());
        assert_eq!(found, expected.map(|value| value.map(str::to_owned)).map_err(str::to_owned), "{content}");
    };
    check("", Ok(None));
    check("\n \t\n# K='no'\n\tK='yes' \t# note", Ok(Some("yes")));
    check("K='$HOME \\n \"x\"'\r\n", Ok(Some("$HOME \\n \"x\"")));
    check("K=''", Ok(Some("")));
    check("K= 'no'", Ok(Some("")));
    check("A= 'no'\nK='x'", Ok(Some("x")));
    check("K='x'\nbroken", Ok(Some("x")));
    check("broken\nK='x'", Err("invalid environment variable format at line 1: missing '='"));
    check("='x'", Err("invalid environment variable format at line 1: empty variable name"));
    check(
        "\nA ='x'",
        Err("invalid environment variable format at line 2: whitespace before '=' is not allowed"),
    );
    check(
        "K=x",
        Err("invalid environment variable format at line 1: value must be enclosed in single quotes"),
    );
    check(
        "K='a\nb'c",
        Err("invalid environment variable format at line 2: unexpected content after closing quote"),
    );
    check(
        "A='1'\nK='a\nb",
        Err("invalid environment variable format starting at line 2: unclosed single quote"),
    );
}

#[test]
fn objects_of_the_api_need_an_api_server() {
    check_one(
        json!({"configMapKeyRef": {"name": "cm", "key": "k", "optional": true}}),
        Err("couldn't get configMap default/cm, no kubeClient defined"),
    );
    check_one(
        json!({"secretKeyRef": {"name": "s", "key": "k"}}),
        Err("couldn't get secret default/s, no kubeClient defined"),
    );
    let pod = pod(&json!({"name": "app", "envFrom": [{"secretRef": {"name": "s"}}]}));
    let container = &types::pod::spec(&pod).containers[0];
    let error = environment(&pod, container, &EnvironmentInputs::default(), &facts()).unwrap_err();
    assert_eq!(error.to_string(), "couldn't get secret default/s, no kubeClient defined");
}

/// What variables come from when there is an API server.
fn objects() -> EnvironmentObjects {
    let config_map: ConfigMap = serde_json::from_value(json!({
        "data": {"color": "red", "other.key": "x"}, "binaryData": {"blob": "AAE="}
    }))
    .unwrap();
    let secret = Secret {
        data: Some(
            [
                ("pass".to_owned(), ByteString(vec![0xff, b'p'])),
                ("user".to_owned(), ByteString(b"me".into())),
            ]
            .into(),
        ),
        ..Secret::default()
    };
    EnvironmentObjects {
        config_maps: [
            ("cm".to_owned(), Ok(Some(Arc::new(config_map)))),
            ("gone".to_owned(), Ok(None)),
            ("away".to_owned(), Err("connection refused".to_owned())),
        ]
        .into(),
        secrets: [("s".to_owned(), Ok(Some(Arc::new(secret)))), ("gone".to_owned(), Ok(None))].into(),
    }
}

/// The variables of a container with these fields, values as Rust prints bytes; or the error's text.
fn of_objects(container: &Value, expected: Result<&[(&str, &str)], &str>) {
    let mut container = container.clone();
    container["name"] = json!("app");
    let pod = pod(&container);
    let container = &types::pod::spec(&pod).containers[0];
    let inputs = EnvironmentInputs { objects: Some(objects()), ..EnvironmentInputs::default() };
    let found = environment(&pod, container, &inputs, &facts());
    let found = found.map_err(|error| error.to_string()).map(|variables| {
        let shown = |value: &[u8]| value.escape_ascii().to_string();
        variables.iter().map(|(name, value)| (name.to_owned(), shown(value))).collect::<Vec<_>>()
    });
    let own = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect()
    };
    assert_eq!(found, expected.map(own).map_err(str::to_owned), "{container:?}");
}

#[test]
fn variables_from_objects() {
    let key = |kind: &str, name: &str, key: &str, optional: bool| json!({"env": [{"name": "X", "valueFrom": {kind: {"name": name, "key": key, "optional": optional}}}]});
    let (config_map, secret) = ("configMapKeyRef", "secretKeyRef");
    of_objects(&key(config_map, "cm", "color", false), Ok(&[("X", "red")]));
    of_objects(&key(secret, "s", "pass", false), Ok(&[("X", r"\xffp")]));
    of_objects(&key(config_map, "cm", "no", true), Ok(&[]));
    of_objects(&key(config_map, "gone", "no", true), Ok(&[]));
    of_objects(&key(secret, "gone", "no", true), Ok(&[]));
    of_objects(&key(config_map, "gone", "no", false), Err("configmap \"gone\" not found"));
    of_objects(&key(secret, "gone", "no", false), Err("secret \"gone\" not found"));
    of_objects(&key(config_map, "away", "no", true), Err("connection refused"));
    of_objects(&key(config_map, "cm", "blob", false), Err("couldn't find key blob in ConfigMap default/cm"));
    of_objects(&key(secret, "s", "no", false), Err("couldn't find key no in Secret default/s"));
}

#[test]
fn all_keys_of_objects() {
    of_objects(
        &json!({
            "envFrom": [
                {"configMapRef": {"name": "cm"}},
                {"prefix": "P-", "secretRef": {"name": "s"}},
                {"configMapRef": {"name": "gone", "optional": true}},
            ],
            "env": [
                {"name": "color", "value": "blue"},
                {"name": "BOTH", "value": "$(color)/$(P-pass)/$(other.key)"},
            ],
        }),
        Ok(&[
            ("BOTH", r"blue/\xffp/x"),
            ("P-pass", r"\xffp"),
            ("P-user", "me"),
            ("color", "blue"),
            ("other.key", "x"),
        ]),
    );
    of_objects(&json!({"envFrom": [{"secretRef": {"name": "gone"}}]}), Err("secret \"gone\" not found"));
}

#[test]
fn the_objects_that_are_asked_for() {
    let container = serde_json::from_value(json!({
        "name": "c",
        "envFrom": [{"configMapRef": {"name": "a"}}, {"secretRef": {"name": "b"}}],
        "env": [
            {"name": "V", "valueFrom": {"secretKeyRef": {"name": "c", "key": "k"}}},
            {"name": "W", "valueFrom": {"configMapKeyRef": {"name": "a", "key": "k"}}},
            {"name": "LITERAL", "value": "x", "valueFrom": {"configMapKeyRef": {"name": "not", "key": "k"}}},
        ],
    }))
    .unwrap();
    let (config_map, secret) = (EnvironmentObject::ConfigMap, EnvironmentObject::Secret);
    let expected = [config_map("a".into()), secret("b".into()), secret("c".into())];
    assert_eq!(environment_objects(&container), expected.into());
    assert!(!format!("{:?}", objects()).contains("red"), "no content in logs");
}

#[test]
fn variables_of_services() {
    let tcp = |name, port| PortLink { name, port, protocol: "TCP" };
    let udp = PortLink { name: "dns-udp", port: 53, protocol: "UDP" };
    let ports = [tcp("", 443)];
    let named = [tcp("http", 80), udp];
    let link = |namespace, name, cluster_ip, ports: &[PortLink<'static>]| ServiceLink {
        namespace,
        name,
        cluster_ip,
        ports: ports.to_vec(),
    };
    let services = [
        link("default", "kubernetes", "10.0.0.1", &ports[..]),
        link("default", "not-seen", "10.0.0.9", &ports),
        link("mine", "my-app", "fd00::1", &named),
        link("mine", "headless", "None", &ports),
        link("mine", "none", "", &ports),
        link("mine", "portless", "10.0.0.8", &[]),
    ];
    let check = |links: Option<bool>, namespace: &str, expected: &[(&str, &str)]| {
        let found = service_variables(services.clone(), namespace, links);
        let found: Vec<_> = found.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(found, expected, "{namespace} {links:?}");
    };
    let master = [
        ("KUBERNETES_PORT", "tcp://10.0.0.1:443"),
        ("KUBERNETES_PORT_443_TCP", "tcp://10.0.0.1:443"),
        ("KUBERNETES_PORT_443_TCP_ADDR", "10.0.0.1"),
        ("KUBERNETES_PORT_443_TCP_PORT", "443"),
        ("KUBERNETES_PORT_443_TCP_PROTO", "tcp"),
        ("KUBERNETES_SERVICE_HOST", "10.0.0.1"),
        ("KUBERNETES_SERVICE_PORT", "443"),
    ];
    check(Some(false), "mine", &master);
    check(Some(true), "elsewhere", &master);
    let own = [
        ("MY_APP_PORT", "tcp://[fd00::1]:80"),
        ("MY_APP_PORT_53_UDP", "udp://[fd00::1]:53"),
        ("MY_APP_PORT_53_UDP_ADDR", "fd00::1"),
        ("MY_APP_PORT_53_UDP_PORT", "53"),
        ("MY_APP_PORT_53_UDP_PROTO", "udp"),
        ("MY_APP_PORT_80_TCP", "tcp://[fd00::1]:80"),
        ("MY_APP_PORT_80_TCP_ADDR", "fd00::1"),
        ("MY_APP_PORT_80_TCP_PORT", "80"),
        ("MY_APP_PORT_80_TCP_PROTO", "tcp"),
        ("MY_APP_SERVICE_HOST", "fd00::1"),
        ("MY_APP_SERVICE_PORT", "80"),
        ("MY_APP_SERVICE_PORT_DNS_UDP", "53"),
        ("MY_APP_SERVICE_PORT_HTTP", "80"),
    ];
    check(None, "mine", &[&master[..], &own].concat());
}
