use super::*;

#[test]
fn actions() {
    let check = |line: &[&str], expected: Action| {
        assert_eq!(*parse_command_line(line.iter().copied()).unwrap().action(), expected, "{line:?}");
    };
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<String>>();
    check(&[], Action::Run);
    check(&["--port=1"], Action::Run);
    check(&["--help"], Action::Help);
    check(&["-h", "--version"], Action::Help);
    check(&["--version"], Action::Version(VersionFormat::Short));
    check(&["--version=true"], Action::Version(VersionFormat::Short));
    check(&["--version=raw"], Action::Version(VersionFormat::Raw));
    check(&["--version=false"], Action::Run);
    check(&["ps"], Action::Subcommand(Subcommand::Ps, Vec::new()));
    check(&["--root-dir=/x", "logs", "-f", "a"], Action::Subcommand(Subcommand::Logs, words(&["-f", "a"])));
    check(&["config", "check", "--x"], Action::Subcommand(Subcommand::Config, words(&["check", "--x"])));
}

#[test]
fn a_version_to_report_must_be_of_the_release() {
    let check = |text: &str, expected: Result<Option<&str>, &str>| {
        let line = parse_command_line([format!("--version={text}")]);
        let ours = match &line {
            Ok(line) => Ok(line.reported_version()),
            Err(CommandLineError::InvalidValue { message, .. }) => Err(message.as_str()),
            Err(other) => panic!("{other}"),
        };
        assert_eq!(ours, expected, "{text}");
    };
    check("v1.37.1", Ok(Some("v1.37.1")));
    check("v1.37.1-a.b+c", Ok(Some("v1.37.1-a.b+c")));
    check("v1.37.1+x", Ok(Some("v1.37.1+x")));
    check("true", Ok(None));
    check("vx", Err("could not parse \"vx\" as version"));
    check("v1.37", Err("illegal version string \"v1.37\""));
    check("v1.37.0", Err("version \"v1.37.0\" must match major/minor/patch of default version \"v1.37.1\""));
}

#[test]
fn removed_and_misspelt_flags_get_a_hint() {
    let check = |argument: &str, expected: &str| {
        assert_eq!(parse_command_line([argument]).unwrap_err().to_string(), expected);
    };
    check(
        "--pod-infra-container-image=x",
        "failed to parse kubelet flag: unknown flag: --pod-infra-container-image (removed in 1.35: set the sandbox image in the container runtime's configuration)",
    );
    check(
        "--container_runtime=remote",
        "failed to parse kubelet flag: unknown flag: --container_runtime (removed in 1.27: only remote runtimes exist)",
    );
    check(
        "--hostname-overide=x",
        "failed to parse kubelet flag: unknown flag: --hostname-overide (did you mean --hostname-override?)",
    );
    check("--foo", "failed to parse kubelet flag: unknown flag: --foo");
}

#[test]
fn every_flag_only_value_arrives() {
    let line = parse_command_line([
        "--config=a",
        "--config-dir=b",
        "--kubeconfig=c",
        "--bootstrap-kubeconfig=d",
        "--hostname-override=e",
        "--node-ip=f",
        "--cert-dir=g",
        "--cloud-provider=h",
        "--offline-pods",
        "--root-dir=i",
        "--seccomp-default",
        "--node-labels=j=k,l",
        "--runtime-cgroups=m",
        "--image-credential-provider-config=n",
        "--image-credential-provider-bin-dir=o",
        "--lock-file=p",
        "--exit-on-lock-contention",
        "--housekeeping-interval=1s",
        "--minimum-container-ttl-duration=2s",
        "--maximum-dead-containers-per-container=3",
        "--maximum-dead-containers=4",
        "--experimental-mounter-path=q",
        "--experimental-allocatable-ignore-eviction",
    ])
    .unwrap();
    let expected = Flags {
        config: "a".into(),
        config_dir: "b".into(),
        kubeconfig: "c".into(),
        bootstrap_kubeconfig: "d".into(),
        hostname_override: "e".into(),
        node_ip: "f".into(),
        cert_dir: "g".into(),
        cloud_provider: "h".into(),
        offline_pods: true,
        root_dir: "i".into(),
        seccomp_default: true,
        node_labels: [("j".into(), "k".into()), ("l".into(), String::new())].into(),
        runtime_cgroups: "m".into(),
        image_credential_provider_config: "n".into(),
        image_credential_provider_bin_dir: "o".into(),
        lock_file: "p".into(),
        exit_on_lock_contention: true,
        housekeeping_interval: crate::Duration::from_seconds(1),
        minimum_container_ttl_duration: crate::Duration::from_seconds(2),
        maximum_dead_containers_per_container: 3,
        maximum_dead_containers: 4,
        experimental_mounter_path: "q".into(),
        experimental_allocatable_ignore_eviction: true,
    };
    assert_eq!(*line.flags(), expected);
    // Every flag of the kind is among them.
    let only = FLAGS.iter().filter(|flag| flag.target == Target::Flag).count();
    let given: std::collections::BTreeSet<&str> = line.occurrences().iter().map(|one| one.name).collect();
    assert_eq!(given.len(), only);
}

#[test]
fn defaults_of_flags_are_those_of_the_table() {
    let line = parse_command_line(Vec::<String>::new()).unwrap();
    assert_eq!(*line.flags(), Flags::default());
    let values = serde_json::to_value(Flags::default()).unwrap();
    for flag in FLAGS.iter().filter(|flag| flag.target == Target::Flag) {
        let shown = match &values[flag.name] {
            serde_json::Value::String(text) => text.clone(),
            serde_json::Value::Object(_) => String::new(),
            other => other.to_string(),
        };
        assert_eq!(shown, flag.default, "--{}", flag.name);
    }
}

#[test]
fn help_has_every_flag_once_below_its_group() {
    let text = help();
    for flag in FLAGS {
        let lines = text
            .lines()
            .filter(|line| {
                let words: Vec<&str> = line.split_whitespace().collect();
                words.contains(&format!("--{}", flag.name).as_str())
                    && line.starts_with("  ")
                    && !line.starts_with("          ")
            })
            .count();
        assert_eq!(lines, 1, "--{}", flag.name);
    }
    assert!(text.lines().all(|line| line.chars().count() <= 130), "readable width");
    for command in Subcommand::ALL {
        assert!(text.contains(&format!("\n  {:<12}", command.name())));
    }
}

#[test]
fn completions_and_manual_have_every_flag() {
    let scripts = [completion(Shell::Bash), completion(Shell::Zsh), completion(Shell::Fish)];
    let page = manual("1.37");
    for flag in FLAGS {
        assert!(scripts[0].contains(&format!("--{}", flag.name)), "bash --{}", flag.name);
        assert!(scripts[1].contains(&format!("'--{}", flag.name)), "zsh --{}", flag.name);
        assert!(
            scripts[2].contains(&format!(" -l {} ", flag.name))
                || scripts[2].contains(&format!(" -l {}\n", flag.name)),
            "fish --{}",
            flag.name
        );
        assert!(
            page.contains(&format!("\\fB\\-\\-{}\\fR", flag.name.replace('-', "\\-"))),
            "man --{}",
            flag.name
        );
    }
    assert_eq!(Shell::named("bash"), Some(Shell::Bash));
    assert_eq!(Shell::named("tcsh"), None);
}
