"""Describes an engineer's design: parts, bought components, attachments, joints, couplings, motors."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from schemas.bundle import (
    AssemblyBundle,
    Attachment,
    Coupling,
    Fastener,
    Interface,
    Motor,
    ProcessName,
    Role,
    Spring,
)
from schemas.controllers import Controller
from workbench.authoring.writer import BundleWriter, Vector, checked, program_hash, triple, unit


def screw(component_id: str, position: Vector, axis: Vector) -> Fastener:
    """Return a catalogue screw: the point under its head, and the direction in which it is driven."""
    return checked(lambda: Fastener(component_id=component_id, position_mm=triple(position), axis=unit(axis)))


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
        self,
        body_id: str,
        solid: object,
        material: str,
        process: str,
        *,
        colour: str = "#5e81ac",
        loose: bool = False,
    ) -> str:
        """Add a made part; `loose` declares that it merely rests."""
        if loose:
            self.loose.append(body_id)
        return self._add_body(body_id, solid, Role.PART, material=material, process=ProcessName(process), colour=colour)

    def component(self, body_id: str, solid: object, component_id: str, colour: str = "#4c566a") -> str:
        """Add a bought component of the catalogue at its place."""
        return self._add_body(body_id, solid, Role.COMPONENT, component=component_id, colour=colour)

    def attach(
        self, attachment_id: str, a: str, b: str, fasteners: Sequence[Fastener], *, mount: str | None = None
    ) -> None:
        """Fasten assembly body `a` rigidly to `b`: an assembly body, or the environment's body that owns `mount`."""
        self.attachments.append(
            checked(lambda: Attachment(id=attachment_id, a=a, b=b, fasteners=tuple(fasteners), mount_id=mount))
        )

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
        """Tie two joints by a ratio through catalogue components."""
        self.couplings.append(
            checked(
                lambda: Coupling(
                    id=coupling_id,
                    kind=kind,
                    joint_a=joint_a,
                    joint_b=joint_b,
                    ratio=ratio,
                    efficiency=efficiency,
                    components=tuple(components),
                )
            )
        )

    def interface(self, kind: Literal["thread", "press", "slide", "mesh"], component: str, body: str) -> None:
        """Allow a component to overlap a body inside its modelled region."""
        self.interfaces.append(Interface(kind=kind, component=component, body=body))

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
        """Put a catalogue spring between two bodies."""
        self.springs.append(
            checked(
                lambda: Spring(
                    id=spring_id,
                    component_id=component_id,
                    a=a,
                    b=b,
                    anchor_a_mm=triple(anchor_a),
                    anchor_b_mm=triple(anchor_b),
                    deflection_mm=deflection,
                )
            )
        )

    def motor(self, motor_id: str, component_id: str, joint: str, supply: str, controller: Controller) -> None:
        """Drive a joint of the assembly with a catalogue motor from a supply (component body or outlet)."""
        self.motors.append(
            checked(
                lambda: Motor(id=motor_id, component_id=component_id, joint=joint, supply=supply, controller=controller)
            )
        )

    def save(self, folder: Path | None = None) -> None:
        """Write the bundle; raises InputError if there is no part."""
        bundle = checked(
            lambda: AssemblyBundle.model_validate(
                {
                    "authoring_version": "1",
                    "program_sha256": program_hash(),
                    "seed": self.seed,
                    "bodies": tuple(self.bodies),
                    "joints": tuple(self.joints),
                    "attachments": tuple(self.attachments),
                    "couplings": tuple(self.couplings),
                    "interfaces": tuple(self.interfaces),
                    "loose": tuple(self.loose),
                    "springs": tuple(self.springs),
                    "motors": tuple(self.motors),
                }
            )
        )
        self._write(bundle.canonical_json(), folder)
