"""Describes an engineer's design: parts, bought components, attachments, joints, couplings, motors."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from schemas.bundle import AssemblyBundle, Attachment, Coupling, Fastener, Interface, Motor, Role, Spring
from schemas.controllers import Controller
from schemas.errors import InputError
from workbench.authoring.connections import read_connection
from workbench.authoring.lookup import find_component
from workbench.authoring.values import Vector, checked, named, process_name, triple, unit
from workbench.authoring.writer import BundleWriter, require


def screw(component_id: str, position: Vector, axis: Vector) -> Fastener:
    """Return a catalogue screw: the point under its head (mm), and the direction in which it is driven."""
    find_component(component_id)
    return checked(Fastener, component_id=component_id, position_mm=triple(position), axis=unit(axis))


class Assembly(BundleWriter):
    """One design; every length in mm, every angle in degrees, in the frame of the scene."""

    def __init__(self, seed: int = 0) -> None:
        super().__init__(seed)
        self.attachments: list[Attachment] = []
        self.couplings: list[Coupling] = []
        self.interfaces: list[Interface] = []
        self.loose: list[str] = []
        self.springs: list[Spring] = []
        self.motors: list[Motor] = []

    def part(
        self, body_id: str, solid: object, material: str, process: str, *, colour: str = "#5e81ac", loose: bool = False
    ) -> str:
        """Add a made part; `loose` declares that it merely rests."""
        made_by = process_name(process)
        self._add_body(body_id, solid, Role.PART, material=material, process=made_by, colour=colour)
        if loose:
            self.loose.append(body_id)
        return body_id

    def component(self, body_id: str, solid: object, component_id: str, colour: str = "#4c566a") -> str:
        """Add a bought component of the catalogue at its place."""
        return self._add_body(body_id, solid, Role.COMPONENT, component=component_id, colour=colour)

    def attach(
        self, attachment_id: str, a: str, b: str, fasteners: Sequence[Fastener], *, mount: str | None = None
    ) -> None:
        """Fasten assembly body `a` rigidly to `b`: an assembly body, or the environment's body that owns `mount`."""
        if not fasteners:
            raise InputError(f"attachment '{attachment_id}' needs fasteners: at least one screw(...), mostly two")
        link = checked(Attachment, id=named(attachment_id), a=a, b=b, fasteners=tuple(fasteners), mount_id=mount)
        self.attachments.append(link)

    def attach_joint(
        self,
        attachment_id: str,
        joint: object,
        fasteners: Sequence[Fastener],
        *,
        parent: str | None = None,
        mount: str | None = None,
    ) -> None:
        """Fasten the two bodies that a connected pair of build123d RigidJoints puts together.

        `parent` and `mount` name the environment's body where the joint's own parent is not of this assembly.
        """
        connection = read_connection(joint)
        if connection.motions:
            raise InputError(f"attachment '{attachment_id}': a joint that moves can't be fastened, use connect()")
        child, above = self._read_ends(connection, parent)
        self.attach(attachment_id, child, above, fasteners, mount=mount)

    def couple(
        self,
        coupling_id: str,
        kind: Literal["gears", "belt", "rack", "lead_screw"],
        joint_a: str,
        joint_b: str,
        ratio: float,
        components: Sequence[str],
        efficiency: float = 1.0,
    ) -> None:
        """Tie two joints through catalogue components; ratio: turns of b per turn of a, or mm of b per turn of a."""
        coupling = checked(
            Coupling,
            id=named(coupling_id),
            kind=kind,
            joint_a=joint_a,
            joint_b=joint_b,
            ratio=ratio,
            efficiency=efficiency,
            components=tuple(find_component(name).component_id for name in components),
        )
        self.couplings.append(coupling)

    def interface(self, kind: Literal["thread", "press", "slide", "mesh"], component: str, body: str) -> None:
        """Allow a component to overlap a body inside its modelled region."""
        self.interfaces.append(checked(Interface, kind=kind, component=component, body=body))

    def spring(
        self,
        spring_id: str,
        component_id: str,
        a: str,
        b: str,
        anchor_a: Vector,
        anchor_b: Vector,
        deflection: float = 0.0,
    ) -> None:
        """Put a catalogue spring between two bodies; anchors in world coordinates, deflection (mm) at t = 0."""
        spring = checked(
            Spring,
            id=named(spring_id),
            component_id=find_component(component_id).component_id,
            a=a,
            b=b,
            anchor_a_mm=triple(anchor_a),
            anchor_b_mm=triple(anchor_b),
            deflection_mm=deflection,
        )
        self.springs.append(spring)

    def motor(self, motor_id: str, component_id: str, joint: str, supply: str, controller: Controller) -> None:
        """Drive a joint of the assembly with a catalogue motor from a supply (component body or outlet)."""
        bought = find_component(component_id).component_id
        motor = checked(
            Motor, id=named(motor_id), component_id=bought, joint=joint, supply=supply, controller=controller
        )
        self.motors.append(motor)

    def save(self, folder: Path | None = None) -> None:
        """Write the bundle; raises InputError if there is no body."""
        require([(self.bodies, "part()")])
        fixed = {"attachments": self.attachments, "interfaces": self.interfaces, "loose": self.loose}
        moving = {"couplings": self.couplings, "springs": self.springs, "motors": self.motors}
        self._write(AssemblyBundle, folder, **fixed, **moving)
