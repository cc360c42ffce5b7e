#!/usr/bin/env bash
# Makes a root file system with Python from Debian's packages, for `make image` where no registry is: base.sh OUT.tar
# Root only. It takes the mirror and the certificates of this machine. Needs debootstrap.
set -euo pipefail
out=$1
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
mirror=$(awk '/^URIs:/ { print $2; exit }' /etc/apt/sources.list.d/debian.sources)
debootstrap --variant=minbase --include=ca-certificates,python3,python3-venv "$(. /etc/os-release && echo "$VERSION_CODENAME")" "$root" "$mirror" >&2
cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
printf '[global]\ncert = /etc/ssl/certs/ca-certificates.crt\n' >"$root/etc/pip.conf"
tar -C "$root" --numeric-owner --exclude='./dev/*' --exclude='./var/cache/apt/archives/*.deb' --exclude='./var/lib/apt/lists/*_*' -cf "$out" .
