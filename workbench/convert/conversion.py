"""The nouns of a conversion: names in MJCF, rigid groups, collision geometry, the written file."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from schemas.bundle import ASSEMBLY_ROLES, Body, Joint, Motor
from schemas.units import M_PER_MM
from workbench.kernel.arrays import Floats
from workbench.kernel.frames import Frame
from workbench.kernel.loading import Solid

GeomKind = Literal["sphere", "cylinder", "capsule", "ellipsoid", "box", "mesh"]
ROUND: frozenset[GeomKind] = frozenset({"sphere", "cylinder", "capsule", "ellipsoid"})
MECHANICAL_TIME_S = 0.020
NO_POINTS = np.zeros((0, 3))


def name_body(body: Body) -> str:
    """Return the name that a bundle's body has in MJCF."""
    return f"part/{body.id}" if body.role in ASSEMBLY_ROLES else body.id


@dataclass(frozen=True)
class Group:
    """Bodies that move as one, a body of that name in MJCF: static ones have no joints, a movable one without is free.

    `parent` is the movable group that carries it, None for the world; `closures` are joints to a second parent, which
    close a linkage.
    """

    name: str
    members: tuple[Solid, ...]
    static: bool
    joints: tuple[Joint, ...] = ()
    parent: str | None = None
    is_payload: bool = False
    is_assembly: bool = False
    closures: tuple[Joint, ...] = ()

    @property
    def body_ids(self) -> tuple[str, ...]:
        """Return the bundle bodies that are merged into it."""
        return tuple(member.body.id for member in self.members)

    @property
    def is_free(self) -> bool:
        """Say whether it moves on no joint, so that it can roll."""
        return not self.static and all(joint.kind == "free" for joint in self.joints)


@dataclass(frozen=True)
class Hull:
    """A convex piece of a solid in the world frame: a primitive with its frame and size, or vertices (n, 3; mm).

    `material_id` is that of a piece which is not of its body's material; a runway is one of the narrow facets of a wide
    hollow in which balls roll to and fro.
    """

    kind: GeomKind
    vertices_mm: Floats
    thickness_mm: float
    frame: Frame | None = None
    size_mm: tuple[float, ...] = ()
    material_id: str | None = None
    is_runway: bool = False

    def move(self, rotation: Floats, origin_mm: Floats) -> "Hull":
        """Return the piece turned, then moved."""
        frame = self.frame
        if frame is not None:
            frame = Frame(rotation @ frame.rotation, rotation @ frame.origin_m + origin_mm * M_PER_MM)
        return replace(self, vertices_mm=self.vertices_mm @ rotation.T + origin_mm, frame=frame)


@dataclass(frozen=True)
class CollisionGeom:
    """A geom of group 3 and its least thickness."""

    name: str
    body_id: str
    mujoco_body: str
    kind: GeomKind
    thickness_m: float
    material_id: str | None = None
    is_runway: bool = False


@dataclass(frozen=True)
class MotorLine:
    """A catalogue motor in a design: torque stall_nm (u − ω/ω₀) at its shaft for a command u in ±1.

    `efficiency` is what its couplings let through; rated_nm is what it bears continuously.
    """

    motor: Motor
    stall_nm: float
    no_load_rad_s: float
    rated_nm: float
    efficiency: float = 1.0

    @property
    def armature_kg_m2(self) -> float:
        """Return the rotor's inertia at the shaft, n² J = T τ_stall ÷ ω₀ with the mechanical time constant T.

        T is 20 ms, an estimate: catalogues of small brushed motors (maxon, Faulhaber) give 4 to 20 ms, and iron-core
        hobby motors lie at the upper end. A gear of ratio n changes τ_stall ÷ ω₀ by n², so T holds at its output too.
        """
        return MECHANICAL_TIME_S * self.stall_nm / self.no_load_rad_s


@dataclass(frozen=True)
class Conversion:
    """A written MJCF file with the mesh files it names, and what the judge must know of it.

    `joints` are the design's joints that MuJoCo has as joints, with a force sensor each, in its sensors' order;
    `touching` are the pairs of MuJoCo's bodies whose contact force is sensed, by a sensor `<one>|<other>`.
    """

    xml: bytes
    assets: Mapping[str, bytes]
    geoms: tuple[CollisionGeom, ...]
    groups: tuple[Group, ...]
    joints: tuple[Joint, ...] = ()
    motors: tuple[MotorLine, ...] = ()
    touching: tuple[tuple[str, str], ...] = ()
