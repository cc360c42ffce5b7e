#!/usr/bin/env bash
# Makes sure that the system packages of the CAD kernel, the renderer and Python's venv are there.
# Other packages can be named instead: the tests want postgresql. As root it installs what is missing; otherwise it
# prints the one line to run and stops with status 3.
set -euo pipefail
wanted="${*:-python3-venv libgl1 libxrender1 libxext6 libgomp1 libegl1 libgl1-mesa-dri libseccomp2}"
missing=""
for package in $wanted; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q "install ok installed" || missing="$missing $package"
done
[ -z "$missing" ] && exit 0
if [ "$(id -u)" != 0 ]; then
  echo "Some system packages are missing. Run this line, then try again:" >&2
  echo "  sudo apt-get update && sudo apt-get install -y --no-install-recommends$missing" >&2
  exit 3
fi
export DEBIAN_FRONTEND=noninteractive
if [[ $missing == *postgresql* ]]; then # only its programs are wanted, no server that runs from now on
  mkdir -p /etc/postgresql-common/createcluster.d
  echo "create_main_cluster = false" >/etc/postgresql-common/createcluster.d/programs-only.conf
fi
apt-get update -qq
apt-get install -y -qq --no-install-recommends $missing >/dev/null
