#!/usr/bin/env bash
# Starts or stops a private container engine in a folder of its own: engine.sh docker|podman up|down FOLDER
# `up` prints the socket's URL for DOCKER_HOST. Root only. Keep FOLDER short: socket paths end at 107 characters.
set -euo pipefail
engine=$1 action=$2 folder=$3
socket="$folder/engine.sock"
export CONTAINERS_CONF="$folder/containers.conf" CONTAINERS_STORAGE_CONF="$folder/storage.conf"

# The engines write into the folder that they start in.
mkdir -p "$folder"
cd "$folder"

start_docker() {
  setsid dockerd --data-root "$folder/data" --exec-root "$folder/exec" --pidfile "$folder/pid" -H "unix://$socket" \
    --bridge=none --iptables=false --ip6tables=false --log-level=warn >"$folder/log" 2>&1 </dev/null &
}

start_podman() { # runc: crun refuses hybrid control groups; limits: root without CAP_SYS_RESOURCE can't raise them
  cat >"$CONTAINERS_CONF" <<CONF
[containers]
default_ulimits = ["nofile=4096:4096", "nproc=4096:4096"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
CONF
  printf '[storage]\ndriver = "overlay"\ngraphroot = "%s/data"\nrunroot = "%s/run"\n' "$folder" "$folder" >"$CONTAINERS_STORAGE_CONF"
  setsid podman system service --time=0 "unix://$socket" >"$folder/log" 2>&1 </dev/null &
  echo $! >"$folder/pid"
}

case $action in
up)
  "start_$engine"
  for _ in $(seq 150); do
    if [ -S "$socket" ] && python3 -c "import socket as s; s.socket(s.AF_UNIX).connect('$socket')" 2>/dev/null; then
      echo "unix://$socket"
      exit 0
    fi
    sleep 0.1
  done
  cat "$folder/log" >&2
  exit 1
  ;;
down)
  [ "$engine" = podman ] && podman rm -fa -t 0 >/dev/null 2>&1
  pid=$(cat "$folder/pid")
  kill "$pid" 2>/dev/null || true
  for _ in $(seq 100); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
  cd /
  umount "$folder"/data/overlay "$folder"/data "$folder"/exec/netns/default 2>/dev/null || true
  rm -rf "$folder"
  ;;
esac
