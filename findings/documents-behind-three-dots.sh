#!/usr/bin/env bash
# YAML ends a document with `...`, and another may follow without `---`. kubectl's decoder in k8s.io/apimachinery v0.36.3
# and kustomize v5.8.2 part files at `---` alone: what stands behind the `...` is dropped, and neither says so. Needs Go
# and the module proxy; ends with 1 when either behaves otherwise.
set -euo pipefail

work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
cd "$work"

cat >maps.yaml <<'YAML'
apiVersion: v1
kind: ConfigMap
metadata: {name: first}
...
apiVersion: v1
kind: ConfigMap
metadata: {name: second}
YAML
echo 'resources: [maps.yaml]' >kustomization.yaml

mkdir reader
cat >reader/main.go <<'GO'
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"

	"k8s.io/apimachinery/pkg/util/yaml"
)

func main() {
	file, err := os.Open(os.Args[1])
	if err != nil {
		panic(err)
	}
	decoder := yaml.NewYAMLOrJSONDecoder(file, 4096)
	objects := 0
	for {
		var object json.RawMessage
		if err := decoder.Decode(&object); err == io.EOF {
			break
		} else if err != nil {
			panic(err)
		}
		objects++
	}
	fmt.Println(objects)
}
GO
(cd reader && go mod init reader && go get k8s.io/apimachinery@v0.36.3 && go mod tidy && go build -o ../read .) >/dev/null 2>&1
GOBIN=$work go install sigs.k8s.io/kustomize/kustomize/v5@v5.8.2

by_kubectl=$(./read maps.yaml)
by_kustomize=$(./kustomize build . 2>errors | grep -c '^kind: ConfigMap$')
echo "k8s.io/apimachinery v0.36.3: $by_kubectl object"
echo "kustomize v5.8.2:            $by_kustomize object, and $(wc -c <errors) bytes of errors"
[ "$by_kubectl" = 1 ] && [ "$by_kustomize" = 1 ] && [ ! -s errors ]
