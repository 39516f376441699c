#!/usr/bin/env bash
# YAML ends a document with `...`, and another may follow without `---`. kubectl's decoder and kustomize part files at
# `---` alone: what stands behind the `...` is dropped, and neither says so. Ends with 1 when either behaves otherwise;
# `prepare` says which versions run.
source "$(dirname "${BASH_SOURCE[0]}")/prepare"

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

by_kubectl=$(./decode maps.yaml)
by_kustomize=$(./kustomize build . 2>errors | grep -c '^kind: ConfigMap$')
echo "kubectl: $by_kubectl"
echo "kustomize: $by_kustomize object, and $(wc -c <errors) bytes of errors"
[ "$(grep -c '"name":"first"' <<<"$by_kubectl")" = 1 ] && [ "$(wc -l <<<"$by_kubectl")" = 1 ]
[ "$by_kustomize" = 1 ] && [ ! -s errors ]
