use super::*;
use crate::{File, Sources, inspect, parse_command_line};

fn file(path: &str, contents: &str) -> File {
    File { path: path.to_owned(), contents: contents.as_bytes().to_vec() }
}

const HEAD: &str = "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n";

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

#[test]
fn commands_are_read() {
    let check = |line: &str, expected: &str| {
        let ours = match parse_config_command(&words(line)) {
            Ok(ConfigCommand::Check { files, format, strict }) => {
                format!("check {files:?} {format:?} {strict}")
            }
            Ok(ConfigCommand::Show { command_line, format }) => {
                format!("show {} {format:?}", command_line.flags().config)
            }
            Ok(ConfigCommand::Help) => "help".to_owned(),
            Err(error) => error.to_string(),
        };
        assert_eq!(ours, expected, "{line}");
    };
    check("check a b", "check [\"a\", \"b\"] Human false");
    check("check -o json a --strict", "check [\"a\"] Json true");
    check("check --output=json a", "check [\"a\"] Json false");
    check("show --config=x -ojson", "show x Json");
    check("show --config x", "show x Human");
    check("show -h", "help");
    check("--help", "help");
    check("", "kubelet config needs a command: check FILE…, or show [FLAGS]");
    check("foo", "unknown command kubelet config foo: there are check FILE… and show [FLAGS]");
    check("check", "kubelet config check needs at least one file");
    check("check --x a", "unknown flag --x: kubelet config check has -o json|text and --strict");
    check("check -o xml a", "unknown output format \"xml\": there are text and json");
    check("show --foo", "failed to parse kubelet flag: unknown flag: --foo");
}

#[test]
fn a_check_tells_everything_with_its_line() {
    let contents = format!("{HEAD}metadta: x\nport: abc\nstaticPodPath: [1]\nmaxPods: 1\n");
    let report = check(&[file("/c.yaml", &contents)]);
    assert_eq!((report.errors, report.warnings), (2, 1));
    assert_eq!(report.exit_status(false), 1);
    assert_eq!(
        report.render(Format::Human),
        "\
/c.yaml:3:1: warning: unknown field \"metadta\"
  3 | metadta: x
    | ^
/c.yaml:4:7: error: port: expected a whole number, found string \"abc\"
  4 | port: abc
    |       ^
/c.yaml:5:16: error: staticPodPath: expected a string, found array
  5 | staticPodPath: [1]
    |                ^
2 errors, 1 warning
"
    );
    let json: serde_json::Value = serde_json::from_str(&report.render(Format::Json)).unwrap();
    assert_eq!(json["errors"], 2);
    assert_eq!(json["findings"][1]["line"], 4);
    assert_eq!(json["findings"][1]["column"], 7);
    assert_eq!(json["findings"][1]["severity"], "error");
    assert_eq!(json["findings"][1]["field"], "port");
}

#[test]
fn statuses_of_a_check() {
    let good = format!("{HEAD}staticPodPath: /x\n");
    let report = check(&[file("/c.yaml", &good)]);
    assert_eq!(report.render(Format::Human), "no findings\n");
    assert_eq!((report.exit_status(false), report.exit_status(true)), (0, 0));
    let odd = check(&[file("/c.yaml", &format!("{HEAD}foo: 1\n"))]);
    assert_eq!((odd.exit_status(false), odd.exit_status(true)), (0, 1));
    let rules = check(&[file("/c.yaml", &format!("{HEAD}imageGCLowThresholdPercent: 90\n"))]);
    assert_eq!(rules.findings[0].line, Some(3));
    assert!(rules.findings[0].message.contains("must be less than"));
    let merged = check(&[
        file("/c.yaml", &format!("{HEAD}imageGCLowThresholdPercent: 90\n")),
        file("/d/1.conf", &format!("{HEAD}imageGCHighThresholdPercent: 95\n")),
    ]);
    assert_eq!(merged.errors, 0, "{:?}", merged.findings);
    let credentials =
        check(&[file("/p.yaml", "apiVersion: kubelet.config.k8s.io/v1\nkind: CredentialProviderConfig\n")]);
    assert_eq!(
        credentials.findings[0].message,
        "providers: Required value: at least 1 item in plugins is required"
    );
}

#[test]
fn show_tells_where_each_value_comes_from() {
    let line =
        parse_command_line(["--config=/c.yaml", "--config-dir=/d", "--max-pods=5", "--root-dir=/r"]).unwrap();
    let sources = Sources {
        config: Some(file(
            "/c.yaml",
            &format!(
                "{HEAD}port: 1\nstaticPodURLHeader: {{Auth: [secret]}}\nevictionHard: {{memory.available: 1Gi}}\nclusterDNS: [10.0.0.1]\n"
            ),
        )),
        drop_ins: vec![file(
            "/d/1.conf",
            &format!("{HEAD}clusterDomain: 'yes'\nauthentication: {{webhook: {{enabled: false}}}}\n"),
        )],
        cgroup_v1: false,
    };
    let inspection = inspect(&line, &sources);
    let text = show(&inspection, Format::Human).unwrap();
    let has = |start: &str, end: &str| {
        let found = text.lines().any(|line| line.starts_with(start) && line.ends_with(end));
        assert!(found, "{start} … {end} in\n{text}");
    };
    has("port: 1 ", " # file /c.yaml:3");
    has("maxPods: 5 ", " # flag --max-pods");
    has("clusterDomain: \"yes\" ", " # drop-in /d/1.conf:3");
    has("clusterDNS: [\"10.0.0.1\"] ", " # file /c.yaml:6");
    has("healthzPort: 10248 ", " # default");
    has("  Auth: [\"<masked>\"]", "# file /c.yaml:4");
    has("  memory.available: \"1Gi\" ", " # file /c.yaml:5");
    has("    enabled: false ", " # drop-in /d/1.conf:4");
    has("    enabled: false ", " # default");
    has("#   --root-dir=/r (flag)", "");
    has("#   --cert-dir=/var/lib/kubelet/pki (default)", "");
    assert!(!text.contains("secret"));
    let json: serde_json::Value = serde_json::from_str(&show(&inspection, Format::Json).unwrap()).unwrap();
    assert_eq!(json["configuration"]["port"], 1);
    assert_eq!(json["origins"]["port"]["source"], "file");
    assert_eq!(json["origins"]["port"]["line"], 3);
    assert_eq!(json["origins"]["clusterDomain"]["source"], "drop-in");
    assert_eq!(json["origins"]["maxPods"], serde_json::json!({"source": "flag", "flag": "max-pods"}));
    assert_eq!(json["flags"]["root-dir"], "/r");
    assert!(!json.to_string().contains("secret"));
    // What is shown is a configuration file with the same values.
    let again = Sources {
        config: Some(file("/again.yaml", &text.replace("<masked>", "secret"))),
        ..Sources::default()
    };
    let line = parse_command_line(["--config=/again.yaml"]).unwrap();
    let reread = inspect(&line, &again);
    assert_eq!(
        reread.settings.unwrap().configuration.to_document(),
        inspection.settings.unwrap().configuration.to_document()
    );
}
