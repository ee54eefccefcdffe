// Prints random pods, each with a node and with what upstream's kubelet asks of the runtime for it there; one JSON
// object a line. Arguments: the seed, how many, and a directory for the files that a kubelet makes on the way.
package main

import (
	"encoding/base64"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math/rand"
	"net"
	"os"
	"path/filepath"
	"strconv"

	"google.golang.org/protobuf/proto"
	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/client-go/tools/record"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	_ "k8s.io/kubernetes/pkg/apis/core/install"
	"k8s.io/kubernetes/pkg/kubelet"
	"k8s.io/kubernetes/pkg/kubelet/kuberuntime"

	libcontainercgroups "github.com/opencontainers/cgroups"
)

func (r random) facts(root string) kuberuntime.RecorderFacts {
	facts := kuberuntime.RecorderFacts{
		Root:           root,
		Logs:           filepath.Join(root, "logs"),
		HugePages:      libcontainercgroups.HugePageSizes(),
		CgroupV2:       r.chance(60),
		CfsQuota:       r.chance(85),
		CfsPeriod:      r.one(int64(100000), int64(10000), int64(1000)).(int64),
		SeccompDefault: r.chance(30),
		SingleOOM:      r.chance(40),
		SwapAvailable:  r.chance(50),
		LimitedSwap:    r.chance(60),
		Tiered:         r.chance(50),
		Memory:         r.one(uint64(8<<30), uint64(3999999999), uint64(64<<30)).(uint64),
		Swap:           r.one(uint64(0), uint64(2<<30), uint64(12345678)).(uint64),
		Allocatable:    map[string]string{"cpu": "3500m", "memory": "7000Mi"},
		HostIPs: r.one(
			[]string{"192.168.0.5"}, []string{"192.168.0.5", "fd00::5"}, []string{"fd00::5", "192.168.0.5"}).([]string),
	}
	if r.chance(50) {
		factor := r.one(0.9, 0.5, 1.0, 0.37).(float64)
		facts.Factor = &factor
	}
	if r.chance(70) {
		facts.Allocatable["ephemeral-storage"] = "10G"
		facts.ClusterDNS = append(facts.ClusterDNS, "10.96.0.10")
	}
	if r.chance(30) {
		facts.ClusterDNS = append(facts.ClusterDNS, "fd00::a")
	}
	if r.chance(80) {
		facts.ClusterDomain = "cluster.local"
	}
	if r.chance(50) {
		facts.NodeIPs = r.one(
			[]string{"10.0.0.1"}, []string{"fd00::1"}, []string{"fd00::1", "10.0.0.1"}).([]string)
	}
	if r.chance(80) {
		content := r.text(
			"nameserver 8.8.8.8\nsearch lan example.org. . x\noptions ndots:1 timeout:3 rotate\n",
			"# c\n\n nameserver  1.1.1.1 2\n;x\nnameserver 2.2.2.2\nnameserver 3.3.3.3\nnameserver 4.4.4.4\n"+
				"search a\nsearch b.\noptions ndots:1\noptions ndots:2 a:b:c\n",
			"", "search\nnameserver 1.1.1.1\r\n", "nameserver\n")
		facts.ResolvConf = &content
	}
	return facts
}

func addresses(texts []string) []net.IP {
	var ips []net.IP
	for _, text := range texts {
		ips = append(ips, net.ParseIP(text))
	}
	return ips
}

func must[T any](value T, err error) T {
	check(err)
	return value
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func encoded(message proto.Message) string {
	return base64.StdEncoding.EncodeToString(must(proto.Marshal(message)))
}

// answers fills in the configurations, or why there are none.
func (r random) answers(pod *v1.Pod, facts kuberuntime.RecorderFacts) object {
	allocatable := v1.ResourceList{}
	for name, amount := range facts.Allocatable {
		allocatable[v1.ResourceName(name)] = resource.MustParse(amount)
	}
	node := kubelet.RecorderNode{
		Root: facts.Root, Allocatable: allocatable, HostIPs: facts.HostIPs, NodeIPs: addresses(facts.NodeIPs),
		ClusterDNS: addresses(facts.ClusterDNS), ClusterDomain: facts.ClusterDomain,
	}
	podDirectory := filepath.Join(facts.Root, "pods", string(pod.UID))
	check(os.MkdirAll(podDirectory, 0o755))
	if facts.ResolvConf != nil {
		node.ResolvConf = filepath.Join(facts.Root, "resolv.conf")
		check(os.WriteFile(node.ResolvConf, []byte(*facts.ResolvConf), 0o644))
	}
	events := record.NewFakeRecorder(100)
	recorder := kuberuntime.NewRecorder(facts, allocatable, must(kubelet.NewRecorderKubelet(node, events)))
	ips := r.one(
		[]string{}, []string{"10.1.0.2"}, []string{"fd00::2", "10.1.0.2"},
		[]string{"10.1.0.2", "fd00::2", "10.1.0.3"}).([]string)
	answers := object{"pod": pod, "node": facts, "podIps": ips}
	if config, err := recorder.Sandbox(pod); err != nil {
		answers["sandboxError"] = err.Error()
	} else {
		answers["sandbox"] = encoded(config)
	}
	told := []string{}
	for len(events.Events) > 0 {
		told = append(told, <-events.Events)
	}
	answers["events"] = told
	containers := object{}
	for _, list := range [][]v1.Container{pod.Spec.InitContainers, pod.Spec.Containers} {
		for index := range list {
			if config, err := recorder.Container(pod, &list[index], ips); err != nil {
				containers[list[index].Name] = object{"error": err.Error()}
			} else {
				containers[list[index].Name] = object{"config": encoded(config)}
			}
		}
	}
	answers["containers"] = containers
	if hosts, err := os.ReadFile(filepath.Join(podDirectory, "etc-hosts")); err == nil && !pod.Spec.HostNetwork {
		answers["hosts"] = string(hosts)
	}
	check(os.RemoveAll(podDirectory))
	return answers
}

func main() {
	flags := flag.NewFlagSet("klog", flag.ContinueOnError)
	klog.InitFlags(flags)
	check(flags.Parse([]string{"-logtostderr=false", "-stderrthreshold=FATAL"}))
	klog.SetOutput(io.Discard)

	if len(os.Args) != 4 {
		check(fmt.Errorf("usage: %s SEED COUNT DIRECTORY", os.Args[0]))
	}
	r := random{rand.New(rand.NewSource(must(strconv.ParseInt(os.Args[1], 10, 64))))}
	output := json.NewEncoder(os.Stdout)
	for number := range must(strconv.Atoi(os.Args[2])) {
		pod := &v1.Pod{}
		check(json.Unmarshal(must(json.Marshal(r.pod(number))), pod))
		legacyscheme.Scheme.Default(pod)
		check(output.Encode(r.answers(pod, r.facts(os.Args[3]))))
	}
}
