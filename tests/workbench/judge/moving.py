"""Moves, turns and enlarges whole bundles, so that tests can ask what a verdict must not depend on."""

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
from OCP.BRepBuilderAPI import BRepBuilderAPI_Transform
from OCP.gp import gp_Pnt, gp_Trsf
from OCP.TopLoc import TopLoc_Location

from schemas.bundle import Pose
from schemas.record import hash_parts
from workbench.kernel.frames import place
from workbench.kernel.loading import LoadedBundle, Solid

FACES = ["+x", "+y", "-x", "-y"]


@dataclass(frozen=True)
class Motion:
    """Quarter turns about the vertical through the origin, then a shift in mm; lengths grow by `scale` about it."""

    quarters: int = 0
    shift: tuple[float, float, float] = (0.0, 0.0, 0.0)
    scale: float = 1.0

    def turn(self, vector):
        x, y, z = vector
        for _ in range(self.quarters % 4):
            x, y = -y, x
        return [x, y, z]

    def point(self, vector):
        return [self.scale * value + by for value, by in zip(self.turn(vector), self.shift, strict=True)]

    def pose(self, pose: dict[str, Any]) -> dict[str, Any]:
        w, x, y, z = pose["quaternion_wxyz"]
        c, s = np.cos(self.quarters * np.pi / 4), np.sin(self.quarters * np.pi / 4)
        turned = [c * w - s * z, c * x - s * y, c * y + s * x, c * z + s * w]
        return {"position_mm": self.point(pose["position_mm"]), "quaternion_wxyz": turned}

    def zone(self, zone: dict[str, Any]) -> dict[str, Any]:
        corners = np.array([self.point(zone["min_mm"]), self.point(zone["max_mm"])])
        return zone | {"min_mm": corners.min(axis=0).tolist(), "max_mm": corners.max(axis=0).tolist()}

    def face(self, face: str | None) -> str | None:
        return FACES[(FACES.index(face) + self.quarters) % 4] if face in FACES else face

    def speed(self, vector):
        """Froude: speeds under gravity grow by the root of the scale."""
        return [value * self.scale**0.5 for value in self.turn(vector)]


def move(bundle: LoadedBundle, motion: Motion) -> LoadedBundle:
    """Return a scene or a design somewhere else; slides of scenes keep their ranges, so scale only what has none."""
    plain = bundle.record.model_dump(mode="json")
    for body in plain["bodies"]:
        body["pose"] = motion.pose(body["pose"])
        body["geometry_sha256"] = hash_parts(body["geometry_sha256"], str(motion.scale))
    for joint in plain["joints"]:
        joint |= {"anchor_mm": motion.point(joint["anchor_mm"]), "axis": motion.turn(joint["axis"])}
    _move_design(plain, motion) if plain["kind"] == "assembly" else _move_scene(plain, motion)
    record = type(bundle.record).model_validate_json(json.dumps(plain))
    solids = {
        body.id: Solid(
            body, place(_enlarge(bundle.solids[body.id].shape, motion.scale), Pose(**body.pose.model_dump()))
        )
        for body in record.bodies
    }
    return LoadedBundle(record, solids, record.digest())


def _move_design(plain: dict[str, Any], motion: Motion) -> None:
    for link in plain["attachments"]:
        for fastener in link["fasteners"]:
            fastener["position_mm"] = motion.point(fastener["position_mm"])
            fastener["axis"] = motion.turn(fastener["axis"])


def _move_scene(plain: dict[str, Any], motion: Motion) -> None:
    zones = plain["zones"]
    zones |= {name: motion.zone(zones[name]) for name in ("workspace", "build_zone")}
    zones |= {name: [motion.zone(zone) for zone in zones[name]] for name in ("goal_zones", "forbid_zones")}
    for mount in plain["mounts"]:
        outline = [[motion.scale * value for value in point] for point in mount["outline_mm"]]
        mount |= {
            "frame": motion.pose(mount["frame"]),
            "outline_mm": outline,
            "depth_mm": motion.scale * mount["depth_mm"],
        }
    for payload in plain["payloads"]:
        payload["velocity_mm_s"] = motion.speed(payload["velocity_mm_s"])
        reach = [abs(value) * motion.scale for value in motion.turn(payload["jitter"]["position_mm"])]
        payload["jitter"]["position_mm"] = reach
        goal = payload["goal"]
        goal["face"] = motion.face(goal["face"])
        if goal["max_exit_speed_m_s"]:
            goal["max_exit_speed_m_s"] *= motion.scale**0.5
    plain["task"]["horizon_s"] *= motion.scale**0.5


def _enlarge(shape, scale: float):
    own = shape.Located(TopLoc_Location())
    if scale == 1.0:
        return own
    growth = gp_Trsf()
    growth.SetScale(gp_Pnt(0, 0, 0), scale)
    return BRepBuilderAPI_Transform(own, growth, True).Shape()
