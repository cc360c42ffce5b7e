"""The way of every physics case: program → sandbox → bundle → MJCF file → validation → compiled model."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import mujoco
import pytest
from lxml import etree

from agents.procedural_generator import generate_draft
from sandbox import open_backend
from schemas.benchmark import ItemKey
from schemas.bundle import SceneBundle
from schemas.catalogue import Catalogue
from schemas.catalogue_files import load_catalogue
from schemas.jobs import BuildProgram
from schemas.record import hash_bytes
from schemas.sandbox import JobEnding, Limits, SessionKind
from schemas.settings import SandboxSettings
from workbench.convert import Conversion, convert
from workbench.kernel.loading import LoadedBundle, load_bundle
from workbench.mjcf.validate import validate_mjcf
from workbench.reasons import Refused

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
MARK = "# --- constants ---\n"


@dataclass(frozen=True)
class Case:
    """A compiled physics case."""

    scene: LoadedBundle
    conversion: Conversion
    model: mujoco.MjModel

    def start(self) -> mujoco.MjData:
        """Return the state at t = 0: the payloads have their velocities."""
        data = mujoco.MjData(self.model)
        assert isinstance(self.scene.record, SceneBundle)
        for payload in self.scene.record.payloads:
            data.joint(f"{payload.body}_free").qvel[:3] = [v / 1000 for v in payload.velocity_mm_s]
        mujoco.mj_forward(self.model, data)
        return data


Build = Callable[..., Mapping[str, bytes]]
Prepare = Callable[..., Case]


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return load_catalogue(ROOT / "data")


@pytest.fixture(scope="session")
def build() -> Iterator[Build]:
    """Run a program in the sandbox with some of its constants replaced; give the files of its bundle."""
    session = open_backend(SandboxSettings()).open(SessionKind.BUILDER, "physics")

    def run(program: Path | str, **constants: object) -> Mapping[str, bytes]:
        path = program if isinstance(program, Path) else HERE / "programs" / f"{program}.py"
        source = path.read_text()
        for name, value in constants.items():
            source, count = re.subn(rf"^{name} = .*$", f"{name} = {value!r}", source, flags=re.MULTILINE)
            assert count == 1, name
        job = BuildProgram(program=source, seed=0, expects="scene" if "Scene" in source else "assembly")
        outcome = session.call(job.canonical_json(), {}, Limits())
        assert outcome.ending is JobEnding.COMPLETED, outcome.stderr + outcome.detail
        return outcome.files

    yield run
    session.close()


def settings_hash(xml: bytes) -> str:
    """Return the SHA-256 of a file's `<option>` and `<default>` in canonical XML without white space."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_blank_text=True, remove_comments=True)
    root = etree.fromstring(xml, parser)
    found = [element for tag in ("option", "default") for element in root.findall(tag)]
    return hash_bytes(b"".join(etree.tostring(element, method="c14n") for element in found))


@pytest.fixture(scope="session")
def main_settings(build: Build, catalogue: Catalogue, session_folder: Path) -> str:
    """The hash of `<option>` and `<default>` of a scene of the main job."""
    program = session_folder / "scene.py"
    program.write_text(generate_draft(ItemKey(family="drop_chute", seed=7, index=3)).program.source)
    scene = load_bundle(build(program))
    assert isinstance(scene, LoadedBundle), scene
    conversion = convert(scene, None, catalogue)
    assert isinstance(conversion, Conversion), conversion
    return settings_hash(conversion.xml)


@pytest.fixture(scope="session")
def prepare(build: Build, catalogue: Catalogue, main_settings: str) -> Prepare:
    """Build, load, convert, validate and compile a case; with `assembly` the program of a design on it.

    `constants` are the scene program's, `design` the design program's.
    """

    def run(
        program: str, assembly: str | None = None, design: Mapping[str, object] | None = None, **constants: object
    ) -> Case:
        scene = load_bundle(build(program, **constants))
        assert isinstance(scene, LoadedBundle), scene
        built = load_bundle(build(assembly, **(design or {}))) if assembly else None
        assert not isinstance(built, Refused), built
        conversion = convert(scene, built, catalogue)
        assert isinstance(conversion, Conversion), conversion
        assert validate_mjcf(conversion.xml, known_files=frozenset(conversion.assets)) == ()
        assert settings_hash(conversion.xml) == main_settings
        model = mujoco.MjModel.from_xml_string(conversion.xml.decode(), dict(conversion.assets))
        return Case(scene, conversion, model)

    return run
