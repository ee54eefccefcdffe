// Package kuberuntime: one more file for upstream's package, which opens its generators of configurations.
package kuberuntime

import (
	"context"
	"strconv"
	"strings"
	"time"

	cadvisorapi "github.com/google/cadvisor/lib/model"
	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	internalapi "k8s.io/cri-api/pkg/apis"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
	kubeletconfig "k8s.io/kubernetes/pkg/kubelet/apis/config"
	"k8s.io/kubernetes/pkg/kubelet/cm"
	kubecontainer "k8s.io/kubernetes/pkg/kubelet/container"
)

// RecorderFacts are the node that a pod is translated for.
type RecorderFacts struct {
	CgroupV2       bool              `json:"cgroupV2"`
	CfsQuota       bool              `json:"cfsQuota"`
	CfsPeriod      int64             `json:"cfsPeriodMicroseconds"`
	SeccompDefault bool              `json:"seccompDefault"`
	SingleOOM      bool              `json:"singleProcessOomKill"`
	SwapAvailable  bool              `json:"swapControllerAvailable"`
	LimitedSwap    bool              `json:"limitedSwap"`
	Tiered         bool              `json:"tieredReservation"`
	Factor         *float64          `json:"throttlingFactor"`
	Memory         uint64            `json:"memoryBytes"`
	Swap           uint64            `json:"swapBytes"`
	Allocatable    map[string]string `json:"allocatable"`
	ClusterDNS     []string          `json:"clusterDns"`
	ClusterDomain  string            `json:"clusterDomain"`
	NodeIPs        []string          `json:"nodeIps"`
	HostIPs        []string          `json:"hostIps"`
	ResolvConf     *string           `json:"resolvConf"`
	HugePages      []string          `json:"hugePageSizes"`
	Root           string            `json:"root"`
	Logs           string            `json:"logs"`
}

// imagesByName knows the user of an image by its name: uid<number>, user<name>.
type imagesByName struct {
	internalapi.ImageManagerService
}

func (imagesByName) ImageStatus(_ context.Context, spec *runtimeapi.ImageSpec, _ bool) (*runtimeapi.ImageStatusResponse, error) {
	image := &runtimeapi.Image{Id: "x"}
	if number, ok := strings.CutPrefix(spec.Image, "uid"); ok {
		value, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			return nil, err
		}
		image.Uid = &runtimeapi.Int64Value{Value: value}
	}
	if name, ok := strings.CutPrefix(spec.Image, "user"); ok {
		image.Username = name
	}
	return &runtimeapi.ImageStatusResponse{Image: image}, nil
}

// Recorder makes configurations as the kubelet does.
type Recorder struct {
	manager *kubeGenericRuntimeManager
}

// NewRecorder makes a runtime manager that has what translation needs, and no more.
func NewRecorder(facts RecorderFacts, allocatable v1.ResourceList, helper kubecontainer.RuntimeHelper) *Recorder {
	isCgroup2UnifiedMode = func() bool { return facts.CgroupV2 }
	manager := &kubeGenericRuntimeManager{
		osInterface: kubecontainer.RealOS{},
		machineInfo: &cadvisorapi.MachineInfo{
			MemoryCapacity: facts.Memory,
			SwapCapacity:   facts.Swap,
		},
		runtimeHelper:              helper,
		singleProcessOOMKill:       &facts.SingleOOM,
		cpuCFSQuota:                facts.CfsQuota,
		cpuCFSQuotaPeriod:          metav1.Duration{Duration: time.Duration(facts.CfsPeriod) * time.Microsecond},
		imageService:               imagesByName{},
		seccompProfileRoot:         facts.Root + "/seccomp",
		containerManager:           cm.NewStubContainerManager(),
		seccompDefault:             facts.SeccompDefault,
		getNodeAllocatable:         func() v1.ResourceList { return allocatable },
		memoryThrottlingFactor:     facts.Factor,
		podLogsDirectory:           facts.Logs,
		getSwapControllerAvailable: func() bool { return facts.SwapAvailable },
		memorySwapBehavior:         "NoSwap",
		memoryReservationPolicy:    kubeletconfig.NoneMemoryReservationPolicy,
	}
	if facts.LimitedSwap {
		manager.memorySwapBehavior = "LimitedSwap"
	}
	if facts.Tiered {
		manager.memoryReservationPolicy = kubeletconfig.TieredReservationMemoryReservationPolicy
	}
	return &Recorder{manager}
}

// Sandbox is what the third sandbox of a pod is asked for with.
func (r *Recorder) Sandbox(pod *v1.Pod) (*runtimeapi.PodSandboxConfig, error) {
	return r.manager.generatePodSandboxConfig(context.Background(), pod, 3)
}

// Container is what the second restart of a container is asked for with.
func (r *Recorder) Container(pod *v1.Pod, container *v1.Container, ips []string) (*runtimeapi.ContainerConfig, error) {
	first := ""
	if len(ips) > 0 {
		first = ips[0]
	}
	config, _, err := r.manager.generateContainerConfig(
		context.Background(), container, pod, 2, first, "sha256:ref", ips, nil, nil)
	return config, err
}
