"""Describes the environment of a benchmark: fixtures, movers, drives, payloads, zones, mounts, contracts, the task."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from schemas import bundle
from schemas.bundle import Goal, Jitter, Role, TrialRanges
from schemas.controllers import Controller
from schemas.errors import InputError
from workbench.authoring.lookup import find_material
from workbench.authoring.solids import holds
from workbench.authoring.values import Vector, axes_across, checked, named, process_name, triple, unit, world_pose
from workbench.authoring.writer import BundleWriter, require

Box = tuple[Vector, Vector]
_PROBE_MM, _INWARD = 0.1, 0.01
"""Mounts are probed so far below and above their plane, and so far inside their corners (a share)."""


class Scene(BundleWriter):
    """The environment of one benchmark; every length in mm, every angle in degrees, +z up."""

    def __init__(self, seed: int = 0) -> None:
        super().__init__(seed)
        self.surfaces: list[bundle.Surface] = []
        self.drives: list[bundle.Drive] = []
        self.mounts: list[bundle.Mount] = []
        self.outlets: list[bundle.Outlet] = []
        self.payloads: list[bundle.Payload] = []
        self.contracts: list[bundle.MotionContract] = []
        self._zones: bundle.Zones | None = None
        self._task: bundle.Task | None = None

    def fixture(self, body_id: str, solid: object, material: str, colour: str = "#9aa5b1") -> str:
        """Add a body that does not move."""
        return self._add_body(body_id, solid, Role.FIXTURE, material=material, colour=colour)

    def mover(self, body_id: str, solid: object, material: str, colour: str = "#d08770") -> str:
        """Add a body that moves freely, or on the joint whose child it is."""
        return self._add_body(body_id, solid, Role.MOVER, material=material, colour=colour)

    def driven(self, body_id: str, solid: object, material: str, colour: str = "#b48ead") -> str:
        """Add a body that an environment motor moves, by `drive` on its joint or as a `conveyor`."""
        return self._add_body(body_id, solid, Role.DRIVE, material=material, colour=colour)

    def payload(
        self,
        body_id: str,
        solid: object,
        material: str,
        goal: Goal,
        *,
        jitter: Jitter | None = None,
        velocity: Vector = (0, 0, 0),
        colour: str = "#ebcb8b",
    ) -> str:
        """Add an object that has to be moved, with its goal, spawn jitter and velocity (mm/s) at t = 0."""
        self._add_body(body_id, solid, Role.PAYLOAD, material=material, colour=colour)
        speed, jitter = triple(velocity), jitter or Jitter()
        self.payloads.append(checked(bundle.Payload, body=body_id, goal=goal, velocity_mm_s=speed, jitter=jitter))
        return body_id

    def conveyor(self, body_id: str, velocity: Vector, schedule: Controller | None = None) -> None:
        """Give a driven body that stands still a moving surface; velocity in mm/s in the body's own frame.

        The schedule scales the velocity: 1 is full speed, -1 backwards.
        """
        self.surfaces.append(checked(bundle.Surface, body=body_id, velocity_mm_s=triple(velocity), schedule=schedule))

    def drive(
        self,
        drive_id: str,
        joint: str,
        mode: Literal["velocity", "position", "torque"],
        controller: Controller,
        limit: float,
    ) -> None:
        """Drive a hinge or slide: level in rad/s or m/s (velocity), degrees or mm (position), N·m or N (torque).

        `limit` is the largest torque (N·m) or force (N) that the drive brings up.
        """
        drive = checked(bundle.Drive, id=named(drive_id), joint=joint, mode=mode, controller=controller, limit=limit)
        self.drives.append(drive)

    def mount(
        self,
        mount_id: str,
        body: str,
        *,
        origin: Vector,
        normal: Vector,
        x_axis: Vector,
        outline: Sequence[tuple[float, float]],
        depth: float,
    ) -> None:
        """Declare where fasteners may enter a body: a polygon in the plane through `origin` across `normal`.

        The normal points out of the body; the outline's x runs along `x_axis`, its y along normal × x_axis. Raises
        InputError where the polygon does not lie on the body's surface.
        """
        corners = tuple((float(x), float(y)) for x, y in outline)
        self._check_on_body(mount_id, body, (triple(origin), unit(normal), unit(x_axis)), corners)
        frame = world_pose(origin, normal, x_axis)
        mount = checked(bundle.Mount, id=named(mount_id), body=body, frame=frame, outline_mm=corners, depth_mm=depth)
        self.mounts.append(mount)

    def outlet(self, outlet_id: str, position: Vector, voltage_v: float, power_w: float) -> None:
        """Offer electric power to the motors of a design: up to `power_w` at `voltage_v`."""
        place = triple(position)
        outlet = checked(bundle.Outlet, id=named(outlet_id), position_mm=place, voltage_v=voltage_v, power_w=power_w)
        self.outlets.append(outlet)

    def contract(
        self,
        contract_id: str,
        *,
        joint: str | None = None,
        body: str | None = None,
        limits: tuple[float, float] = (0.0, 0.0),
        max_speed: float,
        period_s: float | None = None,
        phase: Literal["uniform", "fixed"] = "fixed",
        interaction: Literal["may_block", "must_keep_contract"] = "must_keep_contract",
        force_limit: float | None = None,
    ) -> None:
        """Promise how a joint (or a conveyor body) moves while undisturbed: limits (degrees, mm) relative to t = 0.

        max_speed in deg/s or mm/s; `force_limit` N·m or N. Of a ball joint limits are (0, largest turn).
        """
        contract = checked(
            bundle.MotionContract,
            id=named(contract_id),
            joint=joint,
            body=body,
            min=limits[0],
            max=limits[1],
            max_speed=max_speed,
            period_s=period_s,
            phase=phase,
            interaction=interaction,
            force_limit=force_limit,
        )
        self.contracts.append(contract)

    def zones(
        self, *, workspace: Box, build: Box, goals: dict[str, Box], forbidden: dict[str, Box] | None = None
    ) -> None:
        """Set the axis-aligned zones, each a pair of opposite corners (min, max)."""
        self._zones = checked(
            bundle.Zones,
            workspace=_zone("workspace", workspace),
            build_zone=_zone("build_zone", build),
            goal_zones=tuple(_zone(name, box) for name, box in goals.items()),
            forbid_zones=tuple(_zone(name, box) for name, box in (forbidden or {}).items()),
        )

    def task(
        self,
        statement: str,
        *,
        horizon_s: float,
        quantity: int,
        processes: Sequence[str],
        materials: Sequence[str],
        max_parts: int = 16,
        max_stored_energy_j: float = 0.0,
        ranges: TrialRanges | None = None,
    ) -> None:
        """State the problem in words and the rules that are not geometry."""
        self._task = checked(
            bundle.Task,
            statement=statement,
            horizon_s=horizon_s,
            target_quantity=quantity,
            allowed_processes=tuple(process_name(name) for name in processes),
            allowed_materials=tuple(find_material(name).material_id for name in materials),
            max_parts=max_parts,
            max_stored_energy_j=max_stored_energy_j,
            ranges=ranges or TrialRanges(),
        )

    def save(self, folder: Path | None = None) -> None:
        """Write the bundle; raises InputError if zones, task or payloads are missing."""
        require([(self._zones, "zones()"), (self._task, "task()"), (self.payloads, "payload()")])
        still = {"mounts": self.mounts, "outlets": self.outlets, "zones": self._zones, "task": self._task}
        moved = {"surfaces": self.surfaces, "drives": self.drives, "payloads": self.payloads}
        self._write(bundle.SceneBundle, folder, **still, **moved, motion_contracts=self.contracts)

    def _check_on_body(
        self, mount_id: str, body: str, frame: tuple[Vector, Vector, Vector], corners: Sequence[tuple[float, float]]
    ) -> None:
        """Raise InputError unless the body lies just below every corner of the polygon and not just above it."""
        if body not in self._shapes:
            raise InputError(f"mount '{mount_id}': add its body '{body}' before the mount")
        origin, normal, x_axis = frame
        x, y, z = axes_across(normal, x_axis)
        middle = [sum(corner[axis] for corner in corners) / max(len(corners), 1) for axis in (0, 1)]
        for number, corner in enumerate(corners, start=1):
            u, v = (c + _INWARD * (m - c) for c, m in zip(corner, middle, strict=True))
            place = [o + u * a + v * b for o, a, b in zip(origin, x, y, strict=True)]
            below, above = ([p + way * c for p, c in zip(place, z, strict=True)] for way in (-_PROBE_MM, _PROBE_MM))
            if not holds(self._shapes[body], below) or holds(self._shapes[body], above):
                where = ", ".join(f"{value:.6g}" for value in place)
                raise InputError(
                    f"mount '{mount_id}': its corner {number} at ({where}) is not on the surface of '{body}' with the "
                    "normal outwards: mend origin, normal or outline"
                )


def _zone(zone_id: str, box: Box) -> bundle.Zone:
    return checked(bundle.Zone, id=named(zone_id), min_mm=triple(box[0]), max_mm=triple(box[1]))
