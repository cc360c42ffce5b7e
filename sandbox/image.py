"""Builds the sandbox's images on the engine of DOCKER_HOST: `python -m sandbox.image [--base NAME | --files TAR]`."""

import argparse
import os
from pathlib import Path

import docker.errors

from sandbox.container import SOURCES_LABEL, connect, engine_faults
from sandbox.view import BUILDER_MODULES, HANDLERS, hash_sources
from schemas.errors import InfrastructureError
from schemas.sandbox import SessionKind

IMAGE = "localhost/workpiece"
BASE = "docker.io/library/python:3.11-slim"
_IMPORTED = "localhost/workpiece-base"
_ROOT = Path(__file__).resolve().parents[1]
_BUILT_WITHIN_S = 1800.0
_PASSED_ON = ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")


def build_images(engine_url: str | None = None, base: str = BASE, image: str = IMAGE) -> None:
    """Build a builder's and a judge's image, tagged by kind; raises InfrastructureError with the end of the log."""
    client = connect(engine_url, _BUILT_WITHIN_S)
    settings = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    modules = " ".join((*BUILDER_MODULES, HANDLERS))
    for kind in SessionKind:
        with engine_faults("build the image"):
            try:
                client.images.build(
                    path=str(_ROOT),
                    dockerfile="deployments/Containerfile",
                    target=kind.value,
                    tag=f"{image}:{kind}",
                    buildargs=settings | {"BASE": base, "BUILDER_MODULES": modules},
                    labels={SOURCES_LABEL: hash_sources()},
                    network_mode="host",
                    rm=True,
                )
            except docker.errors.BuildError as error:
                log = "".join(line.get("stream", "") for line in error.build_log)
                raise InfrastructureError(f"the {kind} image: {error}: {log[-2000:]}") from error
    client.close()


def import_base(files: Path, engine_url: str | None = None) -> str:
    """Import a root file system (deployments/base.sh) as an image; return its name."""
    client = connect(engine_url, _BUILT_WITHIN_S)
    with engine_faults("import a root file system"):
        client.api.import_image_from_file(str(files), repository=_IMPORTED, tag="latest")  # podman knows no other
    client.close()
    return f"{_IMPORTED}:latest"


def main() -> None:
    """Build both images and say how to use them."""
    parser = argparse.ArgumentParser(prog="sandbox.image", description=__doc__)
    base = parser.add_mutually_exclusive_group()
    base.add_argument("--base", default=BASE, help="an image with Python 3.11 to 3.13 and apt")
    base.add_argument("--files", type=Path, help="its root file system in a tar file, where there is no registry")
    options = parser.parse_args()
    build_images(base=import_base(options.files) if options.files else options.base)
    print(f"built; use them with WORKPIECE_SANDBOX_BACKEND=container WORKPIECE_SANDBOX_IMAGE={IMAGE}")  # noqa: T201 - a command


if __name__ == "__main__":
    main()
