use super::plan::choose;
use super::*;
use host::network::{FixedNetwork, HostAddresses};
use tasks::Stop;

fn ips(texts: &[&str]) -> Vec<IpAddr> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

fn host() -> HostAddresses {
    HostAddresses {
        local: ips(&["127.0.0.1", "10.0.0.5", "192.168.1.5", "::1", "2001:db8::5", "fe80::1"]),
        default_ipv4: Some("10.0.0.5".parse().unwrap()),
        default_ipv6: Some("2001:db8::5".parse().unwrap()),
    }
}

#[test]
fn the_flag() {
    let check = |flag: &str, expected: Result<(NodeIps, &[&str]), InvalidNodeIps>| {
        let expected = expected
            .map(|(ips, invalid)| (ips, invalid.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>()));
        assert_eq!(NodeIps::parse(flag), expected, "{flag:?}");
    };
    let ip = |text: &str| text.parse::<IpAddr>().unwrap();
    check("", Ok((NodeIps::Unset, &[])));
    check("10.0.0.5", Ok((NodeIps::One(ip("10.0.0.5")), &[])));
    check("010.0.0.05", Ok((NodeIps::One(ip("10.0.0.5")), &[])));
    check("::ffff:10.0.0.5", Ok((NodeIps::One(ip("10.0.0.5")), &[])));
    check("::", Ok((NodeIps::Family(ip("::")), &[])));
    check("10.0.0.5, 2001:db8::5", Ok((NodeIps::Pair(ip("10.0.0.5"), ip("2001:db8::5")), &[])));
    check("10.0.0.5,nonsense", Ok((NodeIps::One(ip("10.0.0.5")), &["nonsense"])));
    check("10.0.0.5,10.0.0.6", Err(InvalidNodeIps::NotAPair));
    check("10.0.0.5,::1,::2", Err(InvalidNodeIps::NotAPair));
    check("0.0.0.0,::1", Err(InvalidNodeIps::UnspecifiedInPair));
}

#[test]
fn the_choice() {
    let check = |flag: &str, provider: CloudProvider, name: &str, looked_up: &[&str], expected: Choice| {
        let rules = AddressRules {
            node_name: name.to_owned(),
            node_ips: NodeIps::parse(flag).unwrap().0,
            cloud_provider: provider,
        };
        assert_eq!(choose(&rules, &host(), &ips(looked_up)), expected, "{flag:?} {name} {looked_up:?}");
    };
    let chosen = |texts: &[&str]| Choice::Ips(ips(texts));
    let failed = |words: &str| Choice::Failed(words.to_owned());
    let none = CloudProvider::None;
    let external = CloudProvider::External;
    check("", none, "n1", &[], chosen(&["10.0.0.5"]));
    check("", none, "n1", &["127.0.1.1"], chosen(&["10.0.0.5"]));
    check("", none, "n1", &["2001:db8::5", "192.168.1.5"], chosen(&["192.168.1.5"]));
    check("", none, "n1", &["2001:db8::5"], chosen(&["2001:db8::5"]));
    check("::", none, "n1", &["192.168.1.5", "2001:db8::5"], chosen(&["2001:db8::5"]));
    check("::", none, "n1", &[], chosen(&["2001:db8::5"]));
    check("0.0.0.0", none, "n1", &[], chosen(&["10.0.0.5"]));
    check("", none, "172.16.0.1", &[], chosen(&["172.16.0.1"]));
    check("192.168.1.5", none, "n1", &[], chosen(&["192.168.1.5"]));
    check("2001:db8::5,10.0.0.5", none, "n1", &[], chosen(&["2001:db8::5", "10.0.0.5"]));
    check("", external, "n1", &["192.168.1.5"], Choice::NameAlone);
    check("0.0.0.0", external, "n1", &[], chosen(&["10.0.0.5"]));
    check("192.168.1.5", external, "n1", &[], chosen(&["192.168.1.5"]));
    check(
        "10.9.9.9",
        none,
        "n1",
        &[],
        failed("failed to validate nodeIP: node IP: \"10.9.9.9\" not found in the host's network interfaces"),
    );
    check(
        "127.0.0.1",
        none,
        "n1",
        &[],
        failed("failed to validate nodeIP: nodeIP can't be loopback address"),
    );
    check(
        "10.0.0.5,fe80::1",
        none,
        "n1",
        &[],
        failed("failed to validate secondaryNodeIP: nodeIP can't be a link-local unicast address"),
    );
    let rules = AddressRules { node_name: "n1".to_owned(), node_ips: NodeIps::Unset, cloud_provider: none };
    assert_eq!(
        choose(&rules, &HostAddresses::default(), &[]),
        failed("can't get ip address of node n1. error: unable to select an IP from default routes.")
    );
}

#[tokio::test(start_paused = true)]
async fn the_choice_is_published() {
    let network = FixedNetwork { addresses: host(), looked_up: Vec::new() };
    let rules = AddressRules {
        node_name: "n1".to_owned(),
        node_ips: NodeIps::Unset,
        cloud_provider: CloudProvider::None,
    };
    let (task, mut choice) = AddressesTask::new(Arc::new(network), rules);
    let stop = Stop::new();
    let running = tokio::spawn(task.run(stop.clone()));
    let first = choice.wait_for(Option::is_some).await.unwrap().clone();
    assert_eq!(first.as_deref(), Some(&Choice::Ips(ips(&["10.0.0.5"]))));
    stop.request();
    running.await.unwrap();
}
