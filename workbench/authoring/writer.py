"""Collects the bodies and joints that scenes and assemblies share, and writes the bundle folder."""

import os
import sys
from collections.abc import Iterable
from pathlib import Path

from build123d import Shape
from OCP.TopLoc import TopLoc_Location
from OCP.TopoDS import TopoDS_Shape

from schemas.bundle import AssemblyBundle, Body, Joint, ProcessName, Range, Role, SceneBundle
from schemas.errors import InputError
from schemas.record import hash_bytes
from workbench.authoring.connections import Connection, Limits, read_connection
from workbench.authoring.lookup import find_component, find_material
from workbench.authoring.solids import extract_solid, read_pose, write_brep
from workbench.authoring.values import JointKind, Vector, checked, named, triple, unit


class BundleWriter:
    """The bodies and joints of one bundle in the making."""

    def __init__(self, seed: int = 0) -> None:
        self.seed = seed
        self.bodies: list[Body] = []
        self.joints: list[Joint] = []
        self._given: dict[str, object] = {}
        self._shapes: dict[str, TopoDS_Shape] = {}
        self._geometry: dict[str, bytes] = {}

    def _add_body(
        self,
        body_id: str,
        solid: object,
        role: Role,
        *,
        material: str | None = None,
        process: ProcessName | None = None,
        component: str | None = None,
        colour: str = "#9aa5b1",
    ) -> str:
        if named(body_id) in self._geometry:
            raise InputError(f"body id '{body_id}' is used twice: give each body its own")
        shape = extract_solid(solid, body_id)
        brep, pose = write_brep(shape.Located(TopLoc_Location())), read_pose(shape)
        body = checked(
            Body,
            id=body_id,
            role=role,
            geometry=f"{body_id}.brep",
            geometry_sha256=hash_bytes(brep),
            pose=pose,
            material_id=find_material(material).material_id if material is not None else None,
            process=process,
            component_id=find_component(component).component_id if component is not None else None,
            colour=colour,
        )
        self.bodies.append(body)
        self._given[body_id], self._shapes[body_id], self._geometry[body_id] = solid, shape, brep
        return body_id

    def joint(
        self,
        joint_id: str,
        kind: JointKind,
        child: str,
        *,
        parent: str | None = None,
        anchor: Vector = (0, 0, 0),
        axis: Vector = (0, 0, 1),
        limits: Limits = None,
        stiffness: float = 0.0,
        damping: float = 0.0,
        friction_loss: float = 0.0,
        through: str | None = None,
        mount: str | None = None,
    ) -> str:
        """Let `child` move against `parent` (None: the world); anchor and axis in world coordinates.

        limits (low, high) count from t = 0: degrees or mm, of a ball (0, largest tilt). stiffness N·m/rad or N/m (its
        spring is slack at t = 0), damping N·m·s/rad or N·s/m, friction_loss N·m or N.
        """
        joint = checked(
            Joint,
            id=named(joint_id),
            kind=kind,
            parent=parent,
            child=child,
            anchor_mm=triple(anchor),
            axis=unit(axis),
            range=None if limits is None else checked(Range, min=limits[0], max=limits[1]),
            stiffness=stiffness,
            damping=damping,
            friction_loss=friction_loss,
            through=through,
            mount_id=mount,
        )
        self.joints.append(joint)
        return joint_id

    def connect(
        self,
        joint_id: str,
        joint: object,
        *,
        parent: str | None = None,
        limits: Limits = None,
        stiffness: float = 0.0,
        damping: float = 0.0,
        friction_loss: float = 0.0,
        through: str | None = None,
        mount: str | None = None,
    ) -> tuple[str, ...]:
        """Take a connected build123d joint over and return the joints that it makes, in the order slide, hinge.

        One motion has the id `joint_id`, the two of a cylindrical joint `<joint_id>_slide` and `<joint_id>_hinge`.
        `parent` names the environment's body where the joint's own is not of this bundle; `limits` replaces its range.
        """
        connection = read_connection(joint)
        if not connection.motions:
            raise InputError(f"joint '{joint_id}' connects two RigidJoints: fasten them with attach(), or fuse them")
        child, above = self._read_ends(connection, parent)
        ids = []
        for motion in connection.motions:
            ids.append(joint_id if len(connection.motions) == 1 else f"{joint_id}_{motion.kind}")
            self.joint(
                ids[-1],
                motion.kind,
                child,
                parent=above,
                anchor=motion.anchor,
                axis=motion.axis,
                limits=limits or motion.limits,
                stiffness=stiffness,
                damping=damping,
                friction_loss=friction_loss,
                through=through,
                mount=mount,
            )
        return tuple(ids)

    def _read_ends(self, connection: Connection, parent: str | None) -> tuple[str, str]:
        """Return the ids of child and parent of a connection; raises InputError where a body was added too early."""
        child = self._find_body(connection.child)
        return child, parent if parent is not None else self._find_body(connection.parent)

    def _find_body(self, owner: object) -> str:
        for body_id, given in self._given.items():
            if owner is given or owner is getattr(given, "part", None):
                if isinstance(owner, Shape) and owner.location != owner.global_location:
                    raise InputError(f"'{body_id}' is in a compound that was moved, its joints were not: move it alone")
                if not extract_solid(given, body_id).IsEqual(self._shapes[body_id]):
                    raise InputError(f"'{body_id}' was moved after it was added: connect joints first, then add bodies")
                return body_id
        raise InputError(
            "the joint's object is not a body here: put joints on the finished solid (every Boolean makes a new one), "
            "add that very object, and name an environment body by parent="
        )

    def _write(self, kind: type[SceneBundle | AssemblyBundle], folder: Path | None, **content: object) -> None:
        """Write the bundle of a kind: what all bundles hold, and its own content."""
        head = {"authoring_version": "1", "program_sha256": program_hash(), "seed": self.seed}
        bundle = checked(kind.model_validate, {**head, "bodies": self.bodies, "joints": self.joints, **content})
        target = folder or Path(os.environ.get("WORKPIECE_OUT", "out"))
        target.mkdir(parents=True, exist_ok=True)
        for body_id, brep in self._geometry.items():
            (target / f"{body_id}.brep").write_bytes(brep)
        (target / "bundle.json").write_bytes(bundle.canonical_json())


def require(given: Iterable[tuple[object, str]]) -> None:
    """Raise InputError that names the calls whose outcome is missing."""
    missing = [call for value, call in given if not value]
    if missing:
        raise InputError(f"before save() call {' and '.join(missing)}")


def program_hash() -> str:
    """Return the hash of the running program: its file, or the empty text where there is none."""
    file = getattr(sys.modules["__main__"], "__file__", None)
    return hash_bytes(Path(file).read_bytes() if file and Path(file).is_file() else b"")
