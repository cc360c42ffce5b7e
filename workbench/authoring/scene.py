"""Describes the environment of a benchmark: fixtures, movers, drives, payloads, zones, mounts, contracts, the task."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from schemas.bundle import (
    Drive,
    Goal,
    Jitter,
    MotionContract,
    Mount,
    Outlet,
    Payload,
    ProcessName,
    Role,
    SceneBundle,
    Surface,
    Task,
    TrialRanges,
    Zone,
    Zones,
)
from schemas.controllers import Controller
from workbench.authoring.writer import BundleWriter, Vector, checked, program_hash, triple, world_pose

Box = tuple[Vector, Vector]


class Scene(BundleWriter):
    """The environment of one benchmark; every length in mm, every angle in degrees, +z up."""

    def __init__(self, seed: int = 0) -> None:
        super().__init__(seed)
        self.surfaces: list[Surface] = []
        self.drives: list[Drive] = []
        self.mounts: list[Mount] = []
        self.outlets: list[Outlet] = []
        self.payloads: list[Payload] = []
        self.contracts: list[MotionContract] = []
        self._zones: Zones | None = None
        self._task: Task | None = None

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
        self.payloads.append(
            Payload(body=body_id, goal=goal, velocity_mm_s=triple(velocity), jitter=jitter or Jitter())
        )
        return body_id

    def conveyor(self, body_id: str, velocity: Vector, schedule: Controller | None = None) -> None:
        """Give a driven body that stands still a moving surface; velocity in mm/s in the body's own frame."""
        self.surfaces.append(Surface(body=body_id, velocity_mm_s=triple(velocity), schedule=schedule))

    def drive(
        self,
        drive_id: str,
        joint: str,
        mode: Literal["velocity", "position", "torque"],
        controller: Controller,
        limit: float,
    ) -> None:
        """Drive a joint: level in rad/s or m/s (velocity), degrees or mm (position), N·m or N (torque)."""
        self.drives.append(
            checked(lambda: Drive(id=drive_id, joint=joint, mode=mode, controller=controller, limit=limit))
        )

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
        """Declare where fasteners may enter a body: a polygon in the plane through `origin` across `normal`."""
        corners = tuple((float(x), float(y)) for x, y in outline)
        self.mounts.append(
            checked(
                lambda: Mount(
                    id=mount_id,
                    body=body,
                    frame=world_pose(origin, normal, x_axis),
                    outline_mm=corners,
                    depth_mm=depth,
                )
            )
        )

    def outlet(self, outlet_id: str, position: Vector, voltage_v: float, power_w: float) -> None:
        """Offer electric power."""
        self.outlets.append(Outlet(id=outlet_id, position_mm=triple(position), voltage_v=voltage_v, power_w=power_w))

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
        """Promise how a joint (or a conveyor body) moves while undisturbed, relative to t = 0."""
        self.contracts.append(
            checked(
                lambda: MotionContract(
                    id=contract_id,
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
            )
        )

    def zones(
        self, *, workspace: Box, build: Box, goals: dict[str, Box], forbidden: dict[str, Box] | None = None
    ) -> None:
        """Set the axis-aligned zones, each a pair of opposite corners (min, max)."""
        self._zones = checked(
            lambda: Zones(
                workspace=_zone("workspace", workspace),
                build_zone=_zone("build_zone", build),
                goal_zones=tuple(_zone(name, box) for name, box in goals.items()),
                forbid_zones=tuple(_zone(name, box) for name, box in (forbidden or {}).items()),
            )
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
        ranges: TrialRanges | None = None,
    ) -> None:
        """State the problem in words and the rules that are not geometry."""
        self._task = checked(
            lambda: Task(
                statement=statement,
                horizon_s=horizon_s,
                target_quantity=quantity,
                allowed_processes=tuple(ProcessName(name) for name in processes),
                allowed_materials=tuple(materials),
                max_parts=max_parts,
                ranges=ranges or TrialRanges(),
            )
        )

    def save(self, folder: Path | None = None) -> None:
        """Write the bundle; raises InputError if zones, task or payloads are missing."""
        bundle = checked(
            lambda: SceneBundle.model_validate(
                {
                    "authoring_version": "1",
                    "program_sha256": program_hash(),
                    "seed": self.seed,
                    "bodies": tuple(self.bodies),
                    "joints": tuple(self.joints),
                    "surfaces": tuple(self.surfaces),
                    "drives": tuple(self.drives),
                    "mounts": tuple(self.mounts),
                    "outlets": tuple(self.outlets),
                    "zones": self._zones,
                    "payloads": tuple(self.payloads),
                    "motion_contracts": tuple(self.contracts),
                    "task": self._task,
                }
            )
        )
        self._write(bundle.canonical_json(), folder)


def _zone(zone_id: str, box: Box) -> Zone:
    return Zone(id=zone_id, min_mm=triple(box[0]), max_mm=triple(box[1]))
