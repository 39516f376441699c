#!/usr/bin/env bash
# JSON objects one after the other (`jq -c`): kubectl's decoder hands on every object, kustomize the first alone, and says
# nothing of the others. Ends with 1 when either behaves otherwise; `prepare` says which versions run.
source "$(dirname "${BASH_SOURCE[0]}")/prepare"

for name in first second; do
  echo '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"'$name'"}}'
done >maps.json
echo 'resources: [maps.json]' >kustomization.yaml

by_kubectl=$(./decode maps.json | grep -c '"kind":"ConfigMap"')
by_kustomize=$(./kustomize build . 2>errors | grep -c '^kind: ConfigMap$')
echo "kubectl: $by_kubectl objects; kustomize: $by_kustomize, and $(wc -c <errors) bytes of errors"
[ "$by_kubectl" = 2 ] && [ "$by_kustomize" = 1 ] && [ ! -s errors ]
