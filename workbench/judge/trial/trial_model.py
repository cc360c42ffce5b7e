"""A converted scene compiled for simulation: which rows of MuJoCo's arrays belong to which payload or body."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import mujoco
import numpy as np

from schemas.bundle import SceneBundle
from schemas.reasons import Reason, ReasonCode
from workbench.convert import Conversion
from workbench.judge.trial.collision_shapes import Shape, read_shape
from workbench.kernel.arrays import Floats, Ints
from workbench.mjcf.validate import MjcfFinding, validate_mjcf
from workbench.reasons import Refused, reason


@dataclass(frozen=True)
class TrialModel:
    """A compiled model with what the trials need to know of it; lengths in metres."""

    scene: SceneBundle
    conversion: Conversion
    model: mujoco.MjModel

    @cached_property
    def payload_bodies(self) -> Ints:
        """Return MuJoCo's body number of every payload, in the scene's order."""
        return np.array([self.model.body(payload.body).id for payload in self.scene.payloads])

    @cached_property
    def payload_places(self) -> Ints:
        """Return where each payload's pose starts in qpos."""
        return np.array([self.model.joint(f"{p.body}_free").qposadr[0] for p in self.scene.payloads])

    @cached_property
    def payload_speeds(self) -> Ints:
        """Return where each payload's velocity starts in qvel."""
        return np.array([self.model.joint(f"{p.body}_free").dofadr[0] for p in self.scene.payloads])

    @cached_property
    def payload_shapes(self) -> tuple[Shape, ...]:
        """Return the payloads' collision geometry."""
        return tuple(read_shape(self.model, int(body)) for body in self.payload_bodies)

    @cached_property
    def design_bodies(self) -> frozenset[str]:
        """Return the bundle's body ids of the assembly, wherever it is fastened."""
        bodies = {body for group in self.conversion.groups for body in group.body_ids}
        return frozenset(bodies - {body.id for body in self.scene.bodies})

    @cached_property
    def moving_parts(self) -> dict[int, Shape]:
        """Return the collision geometry of the assembly that can move, on movers too, by MuJoCo's body number."""
        own = frozenset(geom for geom, body in self.geom_bodies.items() if body in self.design_bodies)
        moving = [g for g in self.conversion.groups if not g.static and not self.design_bodies.isdisjoint(g.body_ids)]
        bodies = [self.model.body(group.name).id for group in moving]
        return {body: read_shape(self.model, body, own) for body in bodies}

    @cached_property
    def geom_bodies(self) -> dict[int, str]:
        """Return the bundle's body id of every collision geom, by MuJoCo's geom number."""
        return {self.model.geom(geom.name).id: geom.body_id for geom in self.conversion.geoms}

    @cached_property
    def pair_bodies(self) -> tuple[tuple[str, str], ...]:
        """Return the bundle's two bodies of every contact pair, in MuJoCo's order."""
        pairs = zip(self.model.pair_geom1, self.model.pair_geom2, strict=True)
        return tuple((self.geom_bodies[int(one)], self.geom_bodies[int(two)]) for one, two in pairs)

    @cached_property
    def payload_pairs(self) -> list[int]:
        """Return the contact pairs, by their numbers, in which a payload is."""
        payloads = {payload.body for payload in self.scene.payloads}
        return [number for number, pair in enumerate(self.pair_bodies) if payloads & set(pair)]

    @cached_property
    def payload_gaps_m(self) -> Floats:
        """Return margins at which these pairs never touch; MuJoCo's filter of spheres squares bounds plus margin."""
        pairs = [geoms[self.payload_pairs] for geoms in (self.model.pair_geom1, self.model.pair_geom2)]
        return np.asarray(-3.0 * (self.model.geom_rbound[pairs[0]] + self.model.geom_rbound[pairs[1]]))

    @property
    def has_schedule(self) -> bool:
        """Say whether a surface's speed changes with time."""
        return any(surface.schedule is not None for surface in self.scene.surfaces)


def compile_model(scene: SceneBundle, conversion: Conversion) -> TrialModel | Refused:
    """Validate the written MJCF against the XSD, then compile it; returns SCHEMA_INVALID or MODEL_REJECTED."""
    model = compile_mjcf(conversion.xml, conversion.assets)
    if isinstance(model, Refused):
        return model
    model.opt.enableflags |= mujoco.mjtEnableBit.mjENBL_ENERGY  # measures only: the motion stays the file's own
    return TrialModel(scene, conversion, model)


def compile_mjcf(xml: bytes, assets: Mapping[str, bytes]) -> mujoco.MjModel | Refused:
    """Compile MJCF that the XSD allows, with the files beside it; returns SCHEMA_INVALID or MODEL_REJECTED."""
    findings = validate_mjcf(xml, known_files=frozenset(assets))
    if findings:
        return Refused(tuple(_describe_finding(finding) for finding in findings))
    try:
        return mujoco.MjModel.from_xml_string(xml.decode(), dict(assets))
    except ValueError as error:
        return Refused((reason(ReasonCode.MODEL_REJECTED, "", f"MuJoCo rejects the model: {error}"),))


def _describe_finding(finding: MjcfFinding) -> Reason:
    place = f"line {finding.line}, <{finding.element}>" + (f" {finding.attribute}" if finding.attribute else "")
    return reason(ReasonCode.SCHEMA_INVALID, place, finding.message)
