// Package kubelet: one more file for upstream's package, which makes the part of a kubelet that translation needs.
package kubelet

import (
	"net"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
	corelisters "k8s.io/client-go/listers/core/v1"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/record"
	"k8s.io/kubernetes/pkg/kubelet/cm"
	"k8s.io/kubernetes/pkg/kubelet/network/dns"
	"k8s.io/kubernetes/pkg/kubelet/volumemanager"
)

// RecorderNode is the node of the recording.
type RecorderNode struct {
	Root          string
	Allocatable   v1.ResourceList
	HostIPs       []string
	NodeIPs       []net.IP
	ClusterDNS    []net.IP
	ClusterDomain string
	ResolvConf    string
}

// NewRecorderKubelet makes a kubelet of that node, without volumes.
func NewRecorderKubelet(node RecorderNode, events *record.FakeRecorder) (*Kubelet, error) {
	object := &v1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: "n"},
		Status:     v1.NodeStatus{Allocatable: node.Allocatable},
	}
	for _, ip := range node.HostIPs {
		object.Status.Addresses = append(object.Status.Addresses, v1.NodeAddress{Type: v1.NodeInternalIP, Address: ip})
	}
	nodes := cache.NewIndexer(cache.MetaNamespaceKeyFunc, cache.Indexers{})
	if err := nodes.Add(object); err != nil {
		return nil, err
	}
	return &Kubelet{
		rootDirectory:    node.Root,
		nodeName:         types.NodeName("n"),
		hostname:         "n",
		kubeClient:       &kubernetes.Clientset{},
		nodeLister:       corelisters.NewNodeLister(nodes),
		nodeIPs:          node.NodeIPs,
		containerManager: cm.NewStubContainerManager(),
		volumeManager:    volumemanager.NewFakeVolumeManager(nil, 0, nil, false),
		dnsConfigurer: dns.NewConfigurer(
			events, &v1.ObjectReference{Kind: "Node"}, node.NodeIPs, node.ClusterDNS, node.ClusterDomain, node.ResolvConf),
	}, nil
}
