use super::*;
use crate::configuration::{API_VERSION, KIND};
use crate::parse_command_line;
use proptest::prelude::*;
use serde_json::Value;

const HEAD: &str = "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n";

fn file(path: &str, body: &str) -> File {
    File { path: path.to_owned(), contents: format!("{HEAD}{body}").into_bytes() }
}

fn told(arguments: &[&str], config: Option<&str>, drop_ins: &[(&str, &str)]) -> Vec<String> {
    let line = parse_command_line(arguments.iter().copied()).unwrap();
    let sources = Sources {
        config: config.map(|body| file("/etc/c.yaml", body)),
        drop_ins: drop_ins.iter().map(|(path, body)| file(path, body)).collect(),
        cgroup_v1: false,
    };
    inspect(&line, &sources).findings.iter().map(ToString::to_string).collect()
}

#[test]
fn findings_name_file_line_and_column() {
    let check = |config: &str, expected: &[&str]| {
        let mut ours = told(&["--config=x", "--kubeconfig=k"], Some(config), &[]);
        // What has no effect yet changes as the kubelet grows.
        ours.retain(|text| !text.contains("is accepted, but"));
        assert_eq!(ours, expected, "{config}");
    };
    check("", &[]);
    check(
        "staticPodPth: /x\n",
        &["/etc/c.yaml:3:1: unknown field \"staticPodPth\"; did you mean \"staticPodPath\"?"],
    );
    check(
        "authentication:\n  webhook:\n    enabld: true\n",
        &["/etc/c.yaml:5:5: unknown field \"authentication.webhook.enabld\"; did you mean \"enabled\"?"],
    );
    check(
        "healthzPort: 1\nhealthzPort: 2\n",
        &["/etc/c.yaml:4:1: duplicate field \"healthzPort\": the last one counts"],
    );
    check(
        "healthzPort: x\nsyncFrequency: 10\nclusterDNS: a\nfeatureGates: {A: 'true'}\nevictionHard: {memory.available: 100}\nlogging: {options: {text: {infoBufferSize: 1X}}}\nreservedMemory: [{numaNode: a}]\n",
        &[
            "/etc/c.yaml:3:14: healthzPort: expected a whole number, found string \"x\"",
            "/etc/c.yaml:4:16: syncFrequency: expected a duration such as \"1m30s\", found number 10 (write it in quotes)",
            "/etc/c.yaml:5:13: clusterDNS: expected a list, found string \"a\"",
            "/etc/c.yaml:6:19: featureGates[\"A\"]: expected true or false, found string \"true\"",
            "/etc/c.yaml:7:34: evictionHard[\"memory.available\"]: expected a string, found number 100 (write it in quotes)",
            "/etc/c.yaml:8:44: logging.options.text.infoBufferSize: quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
            "/etc/c.yaml:9:29: reservedMemory[0].numaNode: expected a whole number, found string \"a\"",
        ],
    );
    check(
        "healthzPort: 99999\nfeatureGates:\n  Foo: true\n",
        &[
            "/etc/c.yaml:5:3: unrecognized feature gate: Foo",
            "/etc/c.yaml:3:1: invalid configuration: healthzPort (--healthz-port) 99999 must be between 1 and 65535, inclusive",
        ],
    );
    check(
        "evictionHard:\n  memory.free: 1Gi\nkubeReserved:\n  cpu: x\n",
        &[
            "/etc/c.yaml:4:3: evictionHard: unsupported eviction signal memory.free",
            "/etc/c.yaml:6:3: kubeReserved: failed to parse quantity \"x\" for \"cpu\" resource: quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
        ],
    );
}

/// With fields that upstream ignores too: their mark never changes.
#[test]
fn values_without_effect_are_told_once_unless_they_are_the_default() {
    let messages = told(
        &["--config=x", "--config-dir=y", "--kubeconfig=k", "--streaming-connection-idle-timeout=5s"],
        Some("iptablesDropBit: 15\niptablesMasqueradeBit: 5\nhairpinMode: none\n"),
        &[("/d/1.conf", "iptablesMasqueradeBit: 6\n")],
    );
    assert_eq!(
        messages,
        [
            "/etc/c.yaml:5:1: hairpinMode has no effect (upstream's kubelet ignores it too)",
            "/d/1.conf:3:1: iptablesMasqueradeBit has no effect (upstream's kubelet ignores it too)",
            "--streaming-connection-idle-timeout has no effect (upstream's kubelet ignores it too)",
        ]
    );
}

#[test]
fn origins_follow_the_layers() {
    let line = parse_command_line([
        "--config=x",
        "--config-dir=d",
        "--kube-reserved=cpu=1",
        "--feature-gates=AllAlpha=false",
    ])
    .unwrap();
    let sources = Sources {
        config: Some(file(
            "/c",
            "port: 1\nkubeReserved: {memory: 1Gi}\nfeatureGates: {AllBeta: true}\nevictionHard: {pid.available: 5%}\n",
        )),
        drop_ins: vec![file("/d/1.conf", "port: 2\nevictionHard: {memory.available: 1Gi}\n")],
        cgroup_v1: false,
    };
    let origins = inspect(&line, &sources).origins;
    let check = |path: &str, expected: &str| assert_eq!(origins.of(path).to_string(), expected, "{path}");
    check("port", "drop-in /d/1.conf:3");
    check("kubeReserved[\"cpu\"]", "flag --kube-reserved");
    check("kubeReserved[\"memory\"]", "flag --kube-reserved");
    check("featureGates[\"AllBeta\"]", "file /c:5");
    check("evictionHard[\"pid.available\"]", "file /c:6");
    check("evictionHard[\"memory.available\"]", "drop-in /d/1.conf:4");
    check("evictionHard[\"nodefs.available\"]", "default");
    check("authentication.webhook.enabled", "default");
}

#[test]
fn a_standalone_kubelet_is_told_about_webhooks() {
    let messages = told(&["--config=x"], Some(""), &[]);
    assert!(messages.iter().any(|text| text.contains("cannot use webhook authentication")), "{messages:?}");
    assert!(told(&[], None, &[]).is_empty());
}

/// A document with some fields of every shape.
fn body() -> impl Strategy<Value = serde_json::Map<String, Value>> {
    let duration = (0i64..10_000_000_000)
        .prop_map(|nanoseconds| Value::from(crate::Duration::from_nanoseconds(nanoseconds).to_string()));
    let text = "[ -~]{0,12}".prop_map(Value::from).boxed();
    let texts = prop::collection::vec(text.clone(), 0..3).prop_map(Value::from);
    let map = prop::collection::btree_map("[ -~]{1,8}", text.clone(), 0..3)
        .prop_map(|entries| Value::Object(entries.into_iter().collect()));
    let gates = prop::collection::btree_map("[A-Z][A-Za-z]{1,8}", any::<bool>().prop_map(Value::from), 0..3)
        .prop_map(|entries| Value::Object(entries.into_iter().collect()));
    (
        prop::option::of(any::<i32>().prop_map(Value::from)),
        prop::option::of(any::<bool>().prop_map(Value::from)),
        prop::option::of(text),
        prop::option::of(duration),
        prop::option::of(texts),
        prop::option::of(map),
        prop::option::of(gates),
    )
        .prop_map(|(number, switch, text, duration, texts, map, gates)| {
            [
                ("oomScoreAdj", number),
                ("enableServer", switch),
                ("clusterDomain", text),
                ("syncFrequency", duration),
                ("clusterDNS", texts),
                ("evictionSoft", map),
                ("featureGates", gates),
            ]
            .into_iter()
            .filter_map(|(key, value)| Some((key.to_owned(), value?)))
            .collect()
        })
}

fn effective(contents: String) -> Option<Value> {
    let config = File { path: "/c".to_owned(), contents: contents.into_bytes() };
    let line = parse_command_line(["--config=/c"]).unwrap();
    let inspection = inspect(&line, &Sources { config: Some(config), ..Sources::default() });
    Some(inspection.settings?.configuration.to_document())
}

proptest! {
    #[test]
    fn configurations_survive_json_and_yaml(body in body()) {
        let mut document = body;
        document.insert("apiVersion".to_owned(), API_VERSION.into());
        document.insert("kind".to_owned(), KIND.into());
        let first = effective(Value::Object(document).to_string());
        prop_assert!(first.is_some());
        let first = first.unwrap();
        // As JSON again, and as the YAML that `config show` writes.
        prop_assert_eq!(effective(first.to_string()), Some(first.clone()));
        let line = parse_command_line(["--config=/c"]).unwrap();
        let config = File { path: "/c".to_owned(), contents: first.to_string().into_bytes() };
        let inspection = inspect(&line, &Sources { config: Some(config), ..Sources::default() });
        let yaml = crate::show(&inspection, crate::Format::Human).unwrap();
        prop_assert_eq!(effective(yaml), Some(first));
    }

    #[test]
    fn nothing_in_a_file_makes_it_panic(contents in prop::collection::vec(any::<u8>(), 0..200)) {
        let config = File { path: "/c".to_owned(), contents };
        let line = parse_command_line(["--config=/c"]).unwrap();
        let _ = inspect(&line, &Sources { config: Some(config), ..Sources::default() });
    }

    #[test]
    fn nothing_on_the_command_line_makes_it_panic(arguments in prop::collection::vec("(--?)?[a-z-]{0,12}=?.{0,8}", 0..4)) {
        if let Ok(line) = parse_command_line(arguments) {
            let _ = inspect(&line, &Sources::default());
        }
    }
}
