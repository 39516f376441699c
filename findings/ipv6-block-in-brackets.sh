#!/usr/bin/env bash
# `{cidr: ::/0}` is valid YAML 1.2: a plain text may begin with a colon that text follows. kubectl's decoder and kustomize
# refuse it within brackets and take it in block style, so that an IPv6 block needs quotes in one layout and not in the
# other. Ends with 1 when either behaves otherwise; `prepare` says which versions run.
source "$(dirname "${BASH_SOURCE[0]}")/prepare"

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
  echo "$1, kubectl: $(./decode "$1/policy.yaml" | grep -o 'yaml: .*\|"cidr":"[^"]*"')"
  echo "$1, kustomize: $(./kustomize build "$1" 2>&1 | grep -o 'yaml: .*\|cidr: .*')"
}

seen=$(try brackets ' {cidr: ::/0}'; try block $'\n        cidr: ::/0')
echo "$seen"
[ "$(grep -c 'did not find expected node content' <<<"$seen")" = 2 ]
grep -q '^block, kubectl: "cidr":"::/0"$' <<<"$seen"
grep -q '^block, kustomize: cidr: ::/0$' <<<"$seen"
