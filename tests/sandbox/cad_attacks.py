"""Attacks with CAD programs on a builder, and with geometry and models on the judge; each with the code it must get."""

# ruff: noqa: E501  one attack a line

import math
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from schemas import jobs
from schemas.reasons import ReasonCode
from schemas.record import hash_bytes
from schemas.sandbox import MIB, Limits, SessionKind

LIMITS = Limits(cpu_seconds=6, wall_seconds=30.0, memory_bytes=1536 * MIB, result_bytes=MIB // 16)
DRAWS = jobs.Draws(key_hex="00" * 16, benchmark="ab" * 32, purpose="verdict", trials=1, must_pass=1)
DEAF = "import signal\nfor n in (2, 15, 24): signal.signal(n, signal.SIG_IGN)\nfrom build123d import *\n"
MADE = "from build123d import *\nfrom workbench.authoring import Assembly\nmade = Assembly()\n"
PART = "made.part('block', {}, 'pla', 'fdm_printing', loose=True)\nmade.save()\n"
TORI = """
import random
random.seed(1)
at = lambda: [random.uniform(-9, 9) for _ in range(3)]
tori = [Pos(*at()) * Rot(*(9 * v for v in at())) * Torus(6, 2) for _ in range(60)]
tori[0].fuse(*tori[1:])
"""
WATCHED = "import threading, os\nthreading.Timer(1.0, lambda: print('thread')).start()\n"
FACES = """
from OCP.BRep import BRep_Builder
from OCP.BRepBuilderAPI import BRepBuilderAPI_Copy
from OCP.TopoDS import TopoDS_Compound
builder, many, face = BRep_Builder(), TopoDS_Compound(), Box(1, 1, 1).faces()[0].wrapped
builder.MakeCompound(many)
for _ in range(10**6): builder.Add(many, BRepBuilderAPI_Copy(face).Shape())
"""
STEP = """
step = "ISO-10303-21;\\nHEADER;FILE_DESCRIPTION((''),'2;1');FILE_NAME('','',(''),(''),'','','');"
step += "FILE_SCHEMA(('AUTOMOTIVE_DESIGN'));ENDSEC;\\nDATA;\\n"
with open('/work/huge.step', 'w') as file:
    file.write(step)
    while True: file.write("#1=CARTESIAN_POINT('',(0.,0.,0.));\\n" * 9999)
"""
BUNDLE = "import os, pathlib\nfile = pathlib.Path(os.environ['WORKPIECE_OUT']) / 'bundle.json'\n"
MILLION = "file.write_text('{{' + ','.join(f'\"k{{n}}\":1' for n in range({})) + '}}')"
MJCF = "<mujoco>{}<worldbody><body><freejoint/><geom size='.1'/></body></worldbody></mujoco>"
XXE = "<!DOCTYPE m [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>" + MJCF.format(
    "<custom><text name='t' data='&e;'/></custom>"
)
LAUGHS = "<!DOCTYPE m [<!ENTITY a 'ha'>" + "".join(
    f"<!ENTITY {b} '{f'&{a};' * 10}'>" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
) + "]><mujoco model='&i;'/>"  # fmt: skip


@dataclass(frozen=True)
class CadAttack:
    """One job on hostile input, and the code that its ending or its reply must carry."""

    job: jobs.Job
    code: ReasonCode
    words: str = ""
    files: Callable[[], Mapping[str, bytes]] = field(default=dict)

    @property
    def kind(self) -> SessionKind:
        """Whose session it is sent to."""
        return SessionKind.BUILDER if isinstance(self.job, jobs.BuildProgram) else SessionKind.JUDGE


def build(program: str, code: ReasonCode, words: str = "") -> CadAttack:
    """A program on a builder."""
    return CadAttack(jobs.BuildProgram(program=program, seed=1, expects="assembly"), code, words)


def reply(payload: bytes) -> str:
    """Return a program after which the worker's own code replies in these words."""
    return (
        f"import workbench.jobs.building as b\nclass E:\n  def canonical_json(s): return {payload!r}\nb.BuildReply = E"
    )


def simulate(model: str, code: ReasonCode, words: str = "") -> CadAttack:
    """An MJCF file on a judge."""
    return CadAttack(jobs.VerifyMjcf(), code, words, lambda: {"model.xml": model.encode()})


def judge(change: Callable[[dict[str, bytes]], object], code: ReasonCode, words: str = "") -> CadAttack:
    """A sound bundle, changed, on a judge."""

    def files() -> Mapping[str, bytes]:
        from tests.fuzz import sound_files

        changed = dict(sound_files())
        change(changed)
        return changed

    return CadAttack(jobs.JudgeDesign(draws=DRAWS), code, words, files)


def replace_solid(
    make: Callable[[], bytes], bundle: str = "assembly", body: str = "plate"
) -> Callable[[dict[str, bytes]], object]:
    """Replace a body, the design's plate say, by other bytes, with their right hash."""

    def change(files: dict[str, bytes]) -> None:
        old, new = files[f"{bundle}.{body}.brep"], make()
        files[f"{bundle}.{body}.brep"] = new
        record = files[f"{bundle}.bundle.json"]
        files[f"{bundle}.bundle.json"] = record.replace(hash_bytes(old).encode(), hash_bytes(new).encode())

    return change


def box_with_nan() -> bytes:
    """A box of which one corner is no number."""
    from build123d import Box

    from workbench.authoring.solids import write_brep

    text = write_brep(Box(40.0, 30.0, 20.0).wrapped)
    corner, nan = struct.pack("<d", 20.0), struct.pack("<d", math.nan)
    assert corner in text
    return text.replace(corner, nan)


def crash_kernel() -> bytes:
    """A box with one byte changed, on which the kernel ends by signal 11."""
    from build123d import Box

    from workbench.authoring.solids import write_brep

    text = write_brep(Box(10.0, 10.0, 10.0).wrapped)
    return text[:-73] + b"\xff" + text[-72:]


def sieve() -> bytes:
    """A sound plate with 1,225 holes, at which the judge works for a quarter of a minute."""
    from build123d import Face, Location, Solid, Vector, Wire

    from workbench.authoring.solids import write_brep

    spots = [1.2 * number - 21.0 for number in range(35)]
    holes = [Wire.make_circle(0.3).moved(Location((x, y, 0.0))) for x in spots for y in spots]
    return write_brep(Solid.extrude(Face(Wire.make_rect(50.0, 50.0), holes), Vector(0.0, 0.0, 4.0)).wrapped)


def many_faces() -> bytes:
    """A shell of 20,000 facets, just below the size that is refused."""
    from build123d import Box, Compound, Pos

    from workbench.authoring.solids import write_brep

    return write_brep(Compound([Pos(i, j, 0) * Box(0.5, 0.5, 0.5) for i in range(40) for j in range(40)]).wrapped)


def replace_text(old: bytes, new: bytes) -> Callable[[dict[str, bytes]], object]:
    """Replace text of the design's record."""
    name = "assembly.bundle.json"
    return lambda files: files.__setitem__(name, files[name].replace(old, new))


R = ReasonCode
CAD_ATTACKS = {
    "Boolean that never returns": build(DEAF + TORI, R.PROGRAM_TIMEOUT, "CPU time"),
    "Boolean that never returns, with a thread": build(WATCHED + DEAF + TORI, R.PROGRAM_TIMEOUT, "CPU time"),
    "segfault in the kernel": build(
        "from OCP.BRepAdaptor import BRepAdaptor_Surface\nBRepAdaptor_Surface().Value(0, 0)", R.PROGRAM_CRASHED, "SIGSEGV"
    ),
    "kernel crash that is caught": build(
        "import faulthandler\nfaulthandler.enable()\nfrom OCP.GeomAdaptor import GeomAdaptor_Curve\n"
        "try: GeomAdaptor_Curve().Value(0.5)\nexcept BaseException: pass",
        R.PROGRAM_CRASHED,
    ),
    "million faces": build("from build123d import *\n" + FACES, R.PROGRAM_TIMEOUT, "CPU time"),
    "STEP of 4 GB": build(STEP, R.PROGRAM_DISK, "too large"),
    "NaN coordinates": build(MADE + PART.format("Pos(float('nan'), 0, 0) * Box(10, 10, 10)"), R.PROGRAM_ERROR),
    "physics in a builder": build("import mujoco\nmujoco.MjModel", R.PROGRAM_ERROR, "no attribute"),
    "judge in a builder": build("import workbench.judge", R.PROGRAM_ERROR, "No module named"),
    "deep bundle": build(BUNDLE + "file.write_text('[' * 10**6 + ']' * 10**6)", R.BUNDLE_INVALID),
    "bundle of no use": build(BUNDLE + "file.write_bytes(bytes(range(256)) * 999)", R.BUNDLE_INVALID),
    "bundle of a million keys": build(BUNDLE + MILLION.format(10**6), R.BUNDLE_INVALID, "bytes"),
    "bundle of many keys": build(BUNDLE + MILLION.format(150_000), R.BUNDLE_INVALID, "150000 keys"),
    "bundle of many items": build(BUNDLE + "file.write_text('[' + '1,' * 10**6 + '1]')", R.BUNDLE_INVALID, "items"),
    "bundle without its geometry": build(MADE + PART.format("Box(9, 9, 9)") + BUNDLE + "file.with_name('block.brep').unlink()", R.BUNDLE_INVALID, "is missing"),
    "bundle with a file too many": build(MADE + PART.format("Box(9, 9, 9)") + BUNDLE + "file.with_name('evil.brep').touch()", R.BUNDLE_INVALID, "remove it"),
    "bundle that contradicts itself": build(
        MADE + PART.format("Box(9, 9, 9)") + BUNDLE + "file.write_text(file.read_text().replace('{', '{\"kind\":\"scene\",', 1))",
        R.BUNDLE_INVALID,
        "'kind' twice",
    ),
    "bundle that is a link": build(BUNDLE + "file.symlink_to('/dev/zero')", R.SANDBOX_VIOLATION, "not a plain file"),
    "forged reply": build(reply(b'{"job":"build","bundle_hash":"' + b"0" * 64 + b'"}'), R.SANDBOX_VIOLATION, "bundle_hash"),
    "reply of garbage": build(reply(b"\xff\x00!"), R.SANDBOX_VIOLATION, "forged"),
    "reply of nothing": build(reply(b""), R.SANDBOX_VIOLATION, "forged"),
    "reply with NaN": build(reply(b'{"job":"build","x":NaN}'), R.SANDBOX_VIOLATION, "forged"),
    "deep reply": build(reply(b"[" * 30_000), R.SANDBOX_VIOLATION, "deep"),
    "reply of another kind": build(reply(b'{"job":"render","reasons":[]}'), R.SANDBOX_VIOLATION, "answers a 'render' job"),
    "large reply": build(reply(b'{"job":"build"' + b" " * 70_000 + b"}"), R.SANDBOX_VIOLATION, "forged"),
    "include of a host file": simulate(MJCF.format("<include file='/etc/passwd'/>"), R.SCHEMA_INVALID, "include"),
    "entity of a host file": simulate(XXE, R.SCHEMA_INVALID),
    "entities without end": simulate(LAUGHS, R.SCHEMA_INVALID),
    "plugin": simulate(
        MJCF.format("<extension><plugin plugin='mujoco.elasticity.cable'/></extension>"), R.SCHEMA_INVALID, "plugin"
    ),
    "library beside the model": simulate(MJCF.format("<compiler meshdir='/usr/lib'/>"), R.SCHEMA_INVALID),
    "mesh of the host": simulate(MJCF.format("<asset><mesh file='/etc/passwd'/></asset>"), R.SCHEMA_INVALID),
    "mesh up the folders": simulate(MJCF.format("<asset><mesh file='../../etc/passwd.obj'/></asset>"), R.SCHEMA_INVALID),
    "huge mesh": simulate(
        MJCF.format(f"<asset><mesh name='m' vertex='{'0 0 1 ' * 2_000_000}'/></asset>"), R.SCHEMA_INVALID
    ),
    "huge height field": simulate(
        MJCF.format("<asset><hfield name='h' nrow='99999' ncol='99999' size='1 1 1 1'/></asset>"), R.SCHEMA_INVALID
    ),
    "huge arena": simulate(MJCF.format("<size memory='900G'/>"), R.MODEL_REJECTED, "memory"),
    "deep model": simulate(f"<mujoco><worldbody>{'<body>' * 9999}{'</body>' * 9999}</worldbody></mujoco>", R.SCHEMA_INVALID),
    "geometry that ends the kernel": judge(replace_solid(crash_kernel), R.PROGRAM_CRASHED, "SIGSEGV"),
    "NaN in geometry": judge(replace_solid(box_with_nan), R.GEOMETRY_INVALID),
    "STEP for a solid": judge(replace_solid(lambda: b"ISO-10303-21;\nHEADER;"), R.GEOMETRY_INVALID),
    "geometry of many solids": judge(replace_solid(many_faces), R.GEOMETRY_INVALID, "exactly one"),
    "geometry beyond its size": judge(replace_solid(lambda: bytes(9_000_000)), R.BUNDLE_INVALID, "too large"),
    "geometry elsewhere": judge(replace_text(b'"plate.brep"', b'"../plate.brep"'), R.BUNDLE_INVALID),
    "NaN in a record": judge(replace_text(b'"position_mm":[', b'"position_mm":[NaN,'), R.BUNDLE_INVALID),
}  # fmt: skip
