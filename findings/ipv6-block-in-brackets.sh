#!/usr/bin/env bash
# `{cidr: ::/0}` is valid YAML 1.2: a plain text may begin with a colon that text follows. sigs.k8s.io/yaml v1.6.0, by
# which kubectl reads files, and kustomize v5.8.2 refuse it within brackets and take it in block style, so that an
# IPv6 block needs quotes in one layout and not in the other. Needs Go and the module proxy; ends with 1 when either
# behaves otherwise.
set -euo pipefail

work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
cd "$work"

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
	if _, err := yaml.YAMLToJSON(text); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("taken")
}
GO
(cd reader && go mod init reader && go get sigs.k8s.io/yaml@v1.6.0 && go build -o ../read .) >/dev/null 2>&1
GOBIN=$work go install sigs.k8s.io/kustomize/kustomize/v5@v5.8.2

# try LAYOUT BLOCK: says what each makes of a policy with that ipBlock.
try() {
  mkdir "$1"
  cat >"$1/policy.yaml" <<YAML
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: all}
spec:
  podSelector: {}
  egress:
  - to:
    - ipBlock:$2
YAML
  echo 'resources: [policy.yaml]' >"$1/kustomization.yaml"
  echo "$1, sigs.k8s.io/yaml v1.6.0: $(./read "$1/policy.yaml" || true)"
  echo "$1, kustomize v5.8.2: $(./kustomize build "$1" 2>&1 | grep -o 'yaml: .*\|cidr: .*')"
}

seen=$(try brackets ' {cidr: ::/0}'; try block $'\n        cidr: ::/0')
echo "$seen"
[ "$(grep -c 'did not find expected node content' <<<"$seen")" = 2 ]
grep -q '^block, sigs.k8s.io/yaml v1.6.0: taken$' <<<"$seen"
grep -q '^block, kustomize v5.8.2: cidr: ::/0$' <<<"$seen"
