package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apiserver/pkg/endpoints/request"
	"k8s.io/apiserver/pkg/registry/rest"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	"k8s.io/cli-runtime/pkg/resource"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	"k8s.io/kubernetes/pkg/apis/networking"
	_ "k8s.io/kubernetes/pkg/apis/networking/install"
	networkingv1 "k8s.io/kubernetes/pkg/apis/networking/v1"
	"k8s.io/kubernetes/pkg/features"
	"k8s.io/kubernetes/pkg/registry/networking/networkpolicy"
)

// home is the namespace that kubectl takes where none is written.
const home = "default"

// answer is what comes of one object that kubectl sends.
type answer struct {
	// Stored is the object as a strict client's server stores it.
	Stored json.RawMessage `json:"stored,omitempty"`
	// Stage tells who refuses it: "read" (kubectl, or the decoder), "strict" or "validation".
	Stage string `json:"stage,omitempty"`
	// Message is the refusal.
	Message string `json:"message,omitempty"`
	// Lenient is what is stored for a client that does not ask the server to be strict, where only strictness refuses it.
	Lenient json.RawMessage `json:"lenient,omitempty"`
	// Older is what a server up to 1.35 stores, where only the CIDR rules of 1.36 refuse it.
	Older json.RawMessage `json:"older,omitempty"`
}

// verifies stands for a server that validates fields itself, as every one does since 1.27.
type verifies struct{}

func (verifies) HasSupport(schema.GroupVersionKind) error { return nil }

var access = meta.NewAccessor()

// send answers for one object; nil where it is of another kind.
func send(info *resource.Info) (*answer, error) {
	kind := info.Object.GetObjectKind().GroupVersionKind()
	if kind.Kind != "NetworkPolicy" {
		return nil, nil
	}
	if kind.GroupVersion() != networkingv1.SchemeGroupVersion {
		return &answer{Stage: "read", Message: fmt.Sprintf("no matches for kind %q in version %q", kind.Kind, kind.GroupVersion())}, nil
	}
	if info.Namespace == "" {
		info.Namespace = home
		if err := resource.UpdateObjectNamespace(info, nil); err != nil {
			return nil, err
		}
	}
	if version, err := access.ResourceVersion(info.Object); err == nil && version != "" {
		if err := access.SetResourceVersion(info.Object, ""); err != nil {
			return nil, err
		}
	}
	body, err := runtime.Encode(unstructured.UnstructuredJSONScheme, info.Object)
	if err != nil {
		return nil, err
	}
	return receive(body, info.Namespace), nil
}

// receive answers for the body of a create.
func receive(body []byte, namespace string) *answer {
	json, _ := runtime.SerializerInfoForMediaType(legacyscheme.Codecs.SupportedMediaTypes(), runtime.ContentTypeJSON)
	decoder := legacyscheme.Codecs.DecoderToVersion(json.StrictSerializer, networking.SchemeGroupVersion)
	object, _, err := decoder.Decode(body, nil, nil)
	if err != nil && !runtime.IsStrictDecodingError(err) {
		return &answer{Stage: "read", Message: err.Error()}
	}
	policy := object.(*networking.NetworkPolicy)
	stored, invalid := create(policy.DeepCopy(), namespace)
	switch {
	case err != nil:
		return &answer{Stage: "strict", Message: err.Error(), Lenient: stored}
	case invalid != nil:
		return &answer{Stage: "validation", Message: invalid.Error(), Older: older(policy, namespace)}
	default:
		return &answer{Stored: stored}
	}
}

// older returns the policy as a server stores it that does not judge how addresses are spelt.
func older(policy *networking.NetworkPolicy, namespace string) json.RawMessage {
	gate := utilfeature.DefaultMutableFeatureGate
	name := string(features.StrictIPCIDRValidation)
	if err := gate.SetFromMap(map[string]bool{name: false}); err != nil {
		panic(err)
	}
	stored, _ := create(policy, namespace)
	if err := gate.SetFromMap(map[string]bool{name: true}); err != nil {
		panic(err)
	}
	return stored
}

// create returns the policy as it is stored, without the name that a server makes up.
func create(policy *networking.NetworkPolicy, namespace string) (json.RawMessage, error) {
	ctx := request.WithNamespace(context.Background(), namespace)
	ctx = request.WithRequestInfo(ctx, &request.RequestInfo{
		IsResourceRequest: true, Verb: "create", APIGroup: networking.GroupName, APIVersion: "v1",
		Resource: "networkpolicies", Namespace: namespace,
	})
	named := policy.Name != ""
	rest.FillObjectMetaSystemFields(policy)
	if policy.GenerateName != "" && !named {
		policy.Name = networkpolicy.Strategy.GenerateName(policy.GenerateName)
	}
	if err := rest.BeforeCreate(networkpolicy.Strategy, ctx, policy); err != nil {
		return nil, err
	}
	encoder := legacyscheme.Codecs.LegacyCodec(networkingv1.SchemeGroupVersion)
	text, err := runtime.Encode(encoder, policy)
	if err != nil {
		return nil, err
	}
	return trim(text, named)
}

// trim keeps of an object what the file says: no time, no id, no name that was made up.
func trim(text []byte, named bool) (json.RawMessage, error) {
	var object struct {
		APIVersion string `json:"apiVersion"`
		Kind       string `json:"kind"`
		Metadata   struct {
			Name         string            `json:"name,omitempty"`
			GenerateName string            `json:"generateName,omitempty"`
			Namespace    string            `json:"namespace,omitempty"`
			Labels       map[string]string `json:"labels,omitempty"`
		} `json:"metadata"`
		Spec json.RawMessage `json:"spec"`
	}
	if err := json.Unmarshal(text, &object); err != nil {
		return nil, err
	}
	if !named {
		object.Metadata.Name = ""
	}
	kept, err := json.Marshal(object)
	return json.RawMessage(strings.TrimSpace(string(kept))), err
}
