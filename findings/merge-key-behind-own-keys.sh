#!/usr/bin/env bash
# A merge key behind a key of the mapping's own: sigs.k8s.io/yaml v1.6.0, by which kubectl reads files, lets the merged
# pair win, kustomize v5.8.2 the mapping's own. So one valid file selects other pods by `kubectl apply -f` than by
# `kubectl apply -k`. Needs Go and the module proxy; ends with 1 when either behaves otherwise.
set -euo pipefail

work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
cd "$work"

cat >policy.yaml <<'YAML'
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web, labels: &web {app: web}}
spec:
  podSelector:
    matchLabels: {app: api, <<: *web}
YAML
echo 'resources: [policy.yaml]' >kustomization.yaml

mkdir reader
cat >reader/main.go <<'GO'
package main

import (
	"fmt"
	"os"

	"sigs.k8s.io/yaml"
)

func main() {
	text, err := os.ReadFile(os.Args[1])
	if err != nil {
		panic(err)
	}
	json, err := yaml.YAMLToJSON(text)
	if err != nil {
		panic(err)
	}
	fmt.Println(string(json))
}
GO
(cd reader && go mod init reader && go get sigs.k8s.io/yaml@v1.6.0 && go build -o ../read .) >/dev/null 2>&1
GOBIN=$work go install sigs.k8s.io/kustomize/kustomize/v5@v5.8.2

by_kubectl=$(./read policy.yaml | grep -o '"matchLabels":{[^}]*}')
by_kustomize=$(./kustomize build . | grep -A1 matchLabels: | tail -n 1 | tr -d ' ')
echo "sigs.k8s.io/yaml v1.6.0: $by_kubectl"
echo "kustomize v5.8.2:        $by_kustomize"
[ "$by_kubectl" = '"matchLabels":{"app":"web"}' ]
[ "$by_kustomize" = 'app:api' ]
