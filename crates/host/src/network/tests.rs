use super::*;

const FIB_TRIE: &str = "\
Main:
  +-- 0.0.0.0/0 3 0 5
     |-- 0.0.0.0
        /0 universe UNICAST
     +-- 10.0.0.0/24 2 0 2
        +-- 10.0.0.0/28 2 0 2
           |-- 10.0.0.0
              /24 link UNICAST
           |-- 10.0.0.5
              /32 host LOCAL
        |-- 10.0.0.255
           /32 link BROADCAST
     +-- 127.0.0.0/8 2 0 2
        |-- 127.0.0.0
           /8 host LOCAL
        |-- 127.0.0.1
           /32 host LOCAL
Local:
  +-- 0.0.0.0/0 3 0 5
     |-- 10.0.0.5
        /32 host LOCAL
     |-- 127.0.0.1
        /32 host LOCAL
";

const IF_INET6: &str = "\
00000000000000000000000000000001 01 80 10 80       lo
20010db8000000000000000000000005 02 40 00 80     eth0
fe80000000000000025056fffe800001 02 40 20 80     eth0
";

#[test]
fn addresses_of_the_kernels_tables() {
    let ips = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect::<Vec<IpAddr>>();
    assert_eq!(tables::ipv4(FIB_TRIE), ips(&["10.0.0.5", "127.0.0.1"]));
    assert_eq!(tables::ipv6(IF_INET6), ips(&["::1", "2001:db8::5", "fe80::250:56ff:fe80:1"]));
    assert!(tables::ipv4("nonsense").is_empty());
    assert!(tables::ipv6("zz 01\n\nshort").is_empty());
}

#[tokio::test]
async fn this_machine() {
    let network = RealNetwork::default();
    let addresses = network.addresses().await;
    assert!(addresses.local.iter().any(IpAddr::is_loopback), "{addresses:?}");
    for default in addresses.default_ipv4.into_iter().map(IpAddr::V4) {
        assert!(addresses.local.contains(&default), "{addresses:?}");
    }
    assert_eq!(network.look_up("127.0.0.9").await, ["127.0.0.9".parse::<IpAddr>().unwrap()]);
    assert!(network.look_up("").await.is_empty());
}
