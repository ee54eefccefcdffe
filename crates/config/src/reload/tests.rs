use super::*;
use crate::{File, Sources, load, parse_command_line};

fn settings(body: &str) -> Settings {
    let contents = format!("apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n{body}");
    let config = Some(File { path: "/c.yaml".to_owned(), contents: contents.into_bytes() });
    let line = parse_command_line(["--config=/c.yaml"]).unwrap();
    load(&line, &Sources { config, ..Sources::default() }).unwrap().settings
}

fn names(changes: &[Change]) -> Vec<&str> {
    changes.iter().map(|change| change.field.as_str()).collect()
}

#[test]
fn changes_are_sorted_by_when_they_act() {
    let old = settings("logging: {verbosity: 1}\nhairpinMode: none\ncgroupRoot: /a\n");
    let new = settings(
        "logging: {verbosity: 2, format: json}\nstaticPodURLHeader: {a: [secret]}\ncrashLoopBackOff: {maxContainerRestartPeriod: 10s}\n",
    );
    let reload = diff(&old, &new);
    assert_eq!(
        names(&reload.live),
        ["staticPodURLHeader", "logging.verbosity", "crashLoopBackOff.maxContainerRestartPeriod"]
    );
    assert_eq!(names(&reload.restart), ["cgroupRoot", "logging.format"]);
    assert_eq!(names(&reload.without_effect), ["hairpinMode"]);
    assert_eq!(reload.live[1].to_string(), "logging.verbosity: 1 -> 2");
    assert_eq!(reload.live[0].new, Value::from("<masked>"));
    assert_eq!(reload.restart[0].new, Value::Null);
}

#[test]
fn equal_settings_have_no_differences() {
    assert!(diff(&settings("port: 1\n"), &settings("# another text\nport: 0x1\n")).is_empty());
}
