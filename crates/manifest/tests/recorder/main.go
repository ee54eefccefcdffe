// Recorder writes down what upstream's packages answer; see README.md.
package main

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"log"
	"os"
	"sort"
	"time"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	podutil "k8s.io/kubernetes/pkg/api/pod"
	api "k8s.io/kubernetes/pkg/apis/core"
	"k8s.io/kubernetes/pkg/apis/core/helper"
	_ "k8s.io/kubernetes/pkg/apis/core/install"
	"k8s.io/kubernetes/pkg/apis/core/validation"
	"k8s.io/kubernetes/pkg/capabilities"
	"k8s.io/kubernetes/pkg/util/hash"
)

const (
	nodeName     = "node-1"
	manifestPath = "/m/a.yaml"
	// Longest line of a file of questions.
	maxLine = 64 << 20
)

type row struct {
	Pod    json.RawMessage `json:"pod,omitempty"`
	Errors []string        `json:"errors,omitempty"`
	UID    string          `json:"uid,omitempty"`
	YAML   *string         `json:"yaml,omitempty"`
	JSON   *string         `json:"json,omitempty"`
	Error  string          `json:"error,omitempty"`
}

func main() {
	log.SetFlags(0)
	// As a kubelet has them when it reads manifests: the time zone is part of a UID.
	capabilities.Initialize(capabilities.Capabilities{AllowPrivileged: true})
	_, _ = time.Now().Local().Zone()
	switch {
	case len(os.Args) == 3 && os.Args[1] == "judge":
		judge(os.Args[2])
	case len(os.Args) == 2 && os.Args[1] == "fields":
		printFields()
	case len(os.Args) == 2 && os.Args[1] == "layout":
		printLayout()
	default:
		log.Fatal("usage: recorder judge FILE | fields | layout")
	}
}

func judge(path string) {
	file, err := os.Open(path)
	if err != nil {
		log.Fatal(err)
	}
	defer file.Close()
	output := json.NewEncoder(os.Stdout)
	output.SetEscapeHTML(false)
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, maxLine)
	for lines.Scan() {
		var question row
		if err := json.Unmarshal(lines.Bytes(), &question); err != nil {
			log.Fatal(err)
		}
		answer := row{Pod: question.Pod, YAML: question.YAML}
		if question.YAML != nil {
			judgeDocument(*question.YAML, &answer)
		} else {
			judgePod(question.Pod, &answer)
		}
		if err := output.Encode(answer); err != nil {
			log.Fatal(err)
		}
	}
	if err := lines.Err(); err != nil {
		log.Fatal(err)
	}
}

func judgeDocument(document string, answer *row) {
	text, err := yaml.ToJSON([]byte(document))
	if err != nil {
		answer.Error = err.Error()
		return
	}
	read := string(text)
	answer.JSON = &read
}

func judgePod(manifest []byte, answer *row) {
	object, err := runtime.Decode(legacyscheme.Codecs.UniversalDecoder(), manifest)
	if err != nil {
		log.Fatalf("%s: %v", manifest, err)
	}
	pod := object.(*api.Pod)
	identify(pod)
	options := podutil.GetValidationOptionsFromPodSpecAndMeta(&pod.Spec, nil, &pod.ObjectMeta, nil)
	messages := map[string]bool{}
	for _, problem := range validation.ValidatePodCreate(pod, options) {
		messages[problem.Error()] = true
	}
	for message := range messages {
		answer.Errors = append(answer.Errors, message)
	}
	sort.Strings(answer.Errors)
	if len(messages) == 0 {
		answer.UID = string(pod.UID)
	}
}

// identify does what the kubelet's file source does to a pod.
func identify(pod *api.Pod) {
	if pod.UID == "" {
		sum := fnv.New128a()
		hash.DeepHashObject(sum, pod)
		fmt.Fprintf(sum, "host:%sfile:%s", nodeName, manifestPath)
		pod.UID = types.UID(hex.EncodeToString(sum.Sum(nil)))
	}
	pod.Name += "-" + nodeName
	if pod.Namespace == "" {
		pod.Namespace = "default"
	}
	if pod.Annotations == nil {
		pod.Annotations = map[string]string{}
	}
	pod.Annotations["kubernetes.io/config.hash"] = string(pod.UID)
	pod.Spec.NodeName = nodeName
	helper.AddOrUpdateTolerationInPod(pod, &api.Toleration{Operator: api.TolerationOpExists, Effect: api.TaintEffectNoExecute})
	pod.Status.Phase = api.PodPending
}
