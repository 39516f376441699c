#!/usr/bin/env bash
# A merge key behind a key of the mapping's own: kubectl's decoder lets the merged pair win, kustomize the mapping's own.
# So one valid file selects other pods by `kubectl apply -f` than by `kubectl apply -k`. Ends with 1 when either behaves
# otherwise; `prepare` says which versions run.
source "$(dirname "${BASH_SOURCE[0]}")/prepare"

cat >policy.yaml <<'YAML'
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web, labels: &web {app: web}}
spec:
  podSelector:
    matchLabels: {app: api, <<: *web}
YAML
echo 'resources: [policy.yaml]' >kustomization.yaml

by_kubectl=$(./decode policy.yaml | grep -o '"matchLabels":{[^}]*}')
by_kustomize=$(./kustomize build . | grep -A1 matchLabels: | tail -n 1 | tr -d ' ')
echo "kubectl:   $by_kubectl"
echo "kustomize: $by_kustomize"
[ "$by_kubectl" = '"matchLabels":{"app":"web"}' ]
[ "$by_kustomize" = 'app:api' ]
