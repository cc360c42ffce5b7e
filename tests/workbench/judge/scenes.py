"""Small scenes and designs, written with the authoring library in this process and loaded as the judge loads them."""

from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory

from build123d import Box, Cylinder, Pos, Rot

from schemas.catalogue import Catalogue
from schemas.catalogue_files import load_catalogue
from schemas.jobs import Draws
from schemas.verdict import VerificationReport
from workbench.authoring import Assembly, Goal, Jitter, Scene, screw
from workbench.components.standing import stand_components
from workbench.convert import Conversion, convert
from workbench.judge.trial.trial_model import TrialModel, compile_model
from workbench.kernel.loading import LoadedBundle, load_bundle
from workbench.verify.scene import verify_geometry, verify_schema, verify_simulation

ROOT = Path(__file__).parents[3]
GOAL = ((60, -40, -2), (140, 40, 60))
SPAWN = (0.0, 0.0, 40.0)
OVER_GOAL = (100.0, 0.0, 75.0)


@cache
def catalogue() -> Catalogue:
    return load_catalogue(ROOT / "data")


def box(low, high):
    size = [top - bottom for bottom, top in zip(low, high, strict=True)]
    return Pos(*[(bottom + top) / 2 for bottom, top in zip(low, high, strict=True)]) * Box(*size)


def load(save: Callable[[Path], None]) -> LoadedBundle:
    with TemporaryDirectory() as folder:
        save(Path(folder))
        loaded = load_bundle({path.name: path.read_bytes() for path in Path(folder).iterdir()})
    assert isinstance(loaded, LoadedBundle), loaded
    return loaded


def scene(spawn=SPAWN, *, goal=None, forbidden=None, extra=None, velocity=(0, 0, 0), **options) -> LoadedBundle:
    """A floor, a post with a mount on its +x face at x = -90, a 20 mm cube and a goal on the floor."""
    made = Scene(seed=1)
    made.fixture("floor", box((-150, -150, -10), (150, 150, 0)), "plywood_birch")
    made.fixture("post", box((-110, -40, 0), (-90, 40, 120)), "plywood_birch")
    outline = [(-38, -58), (38, -58), (38, 58), (-38, 58)]
    made.mount("face", "post", origin=(-90, 0, 60), normal=(1, 0, 0), x_axis=(0, 1, 0), outline=outline, depth=15)
    jitter = options.pop("jitter", Jitter(position_mm=(3, 3, 1), yaw_deg=20))
    solid = options.pop("solid", Box(20, 20, 20))
    made.payload("cube", Pos(*spawn) * solid, "pom", goal or Goal(zone="goal"), jitter=jitter, velocity=velocity)
    if extra is not None:
        extra(made)
    made.zones(
        workspace=((-150, -150, -10), (150, 150, 250)),
        build=options.pop("build", ((-90, -60, 0), (50, 60, 200))),
        goals={"goal": options.pop("zone", GOAL)},
        forbidden=forbidden,
    )
    made.task(
        "Bring the cube into the goal.",
        horizon_s=options.pop("horizon_s", 3.0),
        quantity=100,
        processes=("fdm_printing", "laser_cutting"),
        materials=("pla", "plywood_birch"),
        **options,
    )
    return load(made.save)


def belt(made, schedule=None, **promise):
    """A conveyor beside the floor's middle, 100 mm/s along x, with its top at 20 mm."""
    made.driven("belt", box((-60, 60, 0), (60, 120, 20)), "hdpe")
    made.conveyor("belt", (100, 0, 0), schedule)
    made.contract("run", body="belt", **promise)


def plate(thickness=6.0, holes=4.5, spots=(-15.0, 15.0), x=-90.0):
    """A plate on the post's face with a hole at every spot along y."""
    solid = box((x, -25, 40), (x + thickness, 25, 80))
    for y in spots:
        solid -= Pos(x + thickness / 2, y, 60) * Rot(0, 90, 0) * Cylinder(holes / 2, 2 * thickness)
    return solid


def screws(spots=(-15.0, 15.0), *, head_x=-84.0, component="shcs_m4x16"):
    return [screw(component, (head_x, y, 60), (-1, 0, 0)) for y in spots]


def design(solid=None, fasteners=None, *, extra=None, material="pla", process="fdm_printing") -> LoadedBundle:
    """A plate screwed to the post, and whatever `extra` adds."""
    made = Assembly()
    made.part("plate", plate() if solid is None else solid, material, process)
    fasteners = screws() if fasteners is None else fasteners
    if fasteners:
        made.attach("link", "plate", "post", fasteners, mount="face")
    if extra is not None:
        extra(made)
    return load(made.save)


def compiled(environment: LoadedBundle, assembly: LoadedBundle | None = None) -> TrialModel:
    bought = stand_components(assembly, catalogue()).design if assembly else None
    conversion = convert(environment, bought, catalogue())
    assert isinstance(conversion, Conversion), conversion
    subject = compile_model(environment.record, conversion)
    assert isinstance(subject, TrialModel), subject
    return subject


def verify_scene(environment: LoadedBundle, drawn: Draws) -> VerificationReport:
    """Run checks 2–9 as the three stages do, each up to the first that fails."""
    report = verify_geometry(environment)
    for stage in (verify_schema, partial(verify_simulation, draws=drawn)):
        report = report.followed_by(stage(environment, catalogue=catalogue())) if report.passed else report
    return report


def draws(**changes) -> Draws:
    given = {"key_hex": "00112233445566778899aabbccddeeff", "benchmark": "ab" * 32, "purpose": "verdict"}
    return Draws(**(given | changes))


def codes(reasons) -> set[str]:
    return {reason.code.value for reason in reasons}
