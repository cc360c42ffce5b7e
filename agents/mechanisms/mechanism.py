"""What a mechanism is: a solution template, the knobs that a search may turn, and functions from a problem to both."""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple, Protocol

from agents.protocols import Problem
from agents.statement_reading import Facts, StatedPayload, read_statement
from schemas.bundle import Mount, Zone

Values = Mapping[str, float]


class Making(NamedTuple):
    """The process and the material by which a part is made."""

    process: str
    material: str


Makings = Mapping[str, Making]
"""How parts are made, by their ids; the others as their mechanism would."""
AS_USUAL: Makings = MappingProxyType({})


PRINTS = ("pla", "petg", "abs")


@dataclass(frozen=True)
class Knob:
    """One parameter of a design: its bounds, the first guess, and which way saves cost and mass (-1, +1 or 0)."""

    name: str
    low: float
    high: float
    guess: float
    slimmer: int = 0

    def clip(self, value: float) -> float:
        """Return a value within the bounds, rounded to 0.1, so that programs stay readable."""
        return round(min(max(value, self.low), self.high), 1)


@dataclass(frozen=True)
class Site:
    """A problem as a designer measures it: the record, the facts of the statement, and the payload's extents."""

    problem: Problem
    facts: Facts

    @property
    def payload(self) -> StatedPayload:
        """Return the payload."""
        return self.facts.payload

    @property
    def goal(self) -> Zone:
        """Return the payload's goal zone."""
        scene = self.problem.scene
        wanted = scene.payloads[0].goal.zone
        return next(zone for zone in scene.zones.goal_zones if zone.id == wanted)

    @property
    def build_zone(self) -> Zone:
        """Return the build zone."""
        return self.problem.scene.zones.build_zone

    @property
    def reach_mm(self) -> float:
        """Return the radius of the vertical cylinder around the payload, whatever its yaw."""
        x, y, _ = self.payload.size_mm
        return x / 2 if self.payload.shape in ("cylinder", "sphere") else math.hypot(x, y) / 2

    def slippery_print(self) -> str:
        """Return the most slippery allowed material that is printed in filament."""
        allowed = [name for name in PRINTS if name in self.problem.scene.task.allowed_materials]
        return min(allowed, key=lambda name: (self.facts.friction[name], name))

    @property
    def diagonal_mm(self) -> float:
        """Return the payload's longest extent."""
        x, y, z = self.payload.size_mm
        round_extent = {"sphere": x, "cylinder": math.hypot(x, z)}
        return round_extent.get(self.payload.shape, math.hypot(x, y, z))


class Writer(Protocol):
    """Writes the solution program of one set of knob values."""

    def __call__(self, site: Site, values: Values, makings: Makings = AS_USUAL, /) -> str:
        """Return the program; raises InputError where the mechanism does not suit."""


@dataclass(frozen=True)
class Mechanism:
    """A parametric design; `knobs` returns none where the mechanism does not suit the problem.

    `shaped` names parts, by their ids, and ways of making for which `write` gives them another shape.
    """

    name: str
    idea: str
    knobs: Callable[[Site], tuple[Knob, ...]]
    write: Writer
    shaped: tuple[tuple[str, Making], ...] = ()


def find_level_mount(site: Site) -> Mount | None:
    """Return the mount that faces up, or None."""
    for mount in site.problem.scene.mounts:
        w, x, y, _ = mount.frame.quaternion_wxyz
        if 1 - 2 * (x * x + y * y) > 0.999 and w != 0:
            return mount
    return None


def find_upright_mount(site: Site) -> tuple[Mount, int] | None:
    """Return the mount that faces along y, and which way it faces, or None."""
    for mount in site.problem.scene.mounts:
        w, x, y, z = mount.frame.quaternion_wxyz
        normal_y = 2 * (y * z - w * x)
        if abs(normal_y) > 0.999:
            return mount, 1 if normal_y > 0 else -1
    return None


def find_suited(site: Site, mechanisms: Iterable[Mechanism]) -> list[tuple[Mechanism, tuple[Knob, ...]]]:
    """Return the mechanisms that suit a problem, with their knobs."""
    found = [(mechanism, mechanism.knobs(site)) for mechanism in mechanisms]
    return [(mechanism, knobs) for mechanism, knobs in found if knobs]


def guess(knobs: Iterable[Knob]) -> dict[str, float]:
    """Return the first guess of every knob."""
    return {knob.name: knob.clip(knob.guess) for knob in knobs}


def survey(problem: Problem) -> Site:
    """Return the problem as a designer measures it; raises InputError for a statement that can't be read."""
    return Site(problem, read_statement(problem.statement))
