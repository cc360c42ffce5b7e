"""The two kinds of bundle, and how one is parsed."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, TypeAdapter, ValidationError

from schemas.bundle.bodies import Body, Joint
from schemas.bundle.environments import Drive, MotionContract, Mount, Outlet, Payload, Surface, Task, Zones
from schemas.bundle.machines import Attachment, Coupling, Interface, Motor, Spring
from schemas.errors import InputError
from schemas.json_bounds import bound_json, refuse_doubles
from schemas.record import Id, Record, Sha256, describe_validation

MOST_BODIES, MOST_MOTORS = 128, 16


class Head(Record):
    """The fields that scene and assembly bundles share."""

    bundle_version: Literal[1] = 1
    authoring_version: Annotated[str, StringConstraints(max_length=32)]
    program_sha256: Sha256
    seed: Annotated[int, Field(ge=0, lt=2**63)]
    bodies: tuple[Body, ...] = Field(min_length=1, max_length=MOST_BODIES)
    joints: tuple[Joint, ...] = Field(default=(), max_length=64)

    def body(self, body_id: str) -> Body:
        """Return the body of that id; raises KeyError."""
        return {body.id: body for body in self.bodies}[body_id]


class SceneBundle(Head):
    """The environment of a benchmark."""

    kind: Literal["scene"] = "scene"
    surfaces: tuple[Surface, ...] = Field(default=(), max_length=16)
    drives: tuple[Drive, ...] = Field(default=(), max_length=16)
    mounts: tuple[Mount, ...] = Field(default=(), max_length=32)
    outlets: tuple[Outlet, ...] = Field(default=(), max_length=8)
    zones: Zones
    payloads: tuple[Payload, ...] = Field(min_length=1, max_length=4)
    motion_contracts: tuple[MotionContract, ...] = Field(default=(), max_length=16)
    task: Task


class AssemblyBundle(Head):
    """What an engineer has designed."""

    kind: Literal["assembly"] = "assembly"
    attachments: tuple[Attachment, ...] = Field(default=(), max_length=128)
    couplings: tuple[Coupling, ...] = Field(default=(), max_length=32)
    interfaces: tuple[Interface, ...] = Field(default=(), max_length=128)
    loose: tuple[Id, ...] = Field(default=(), max_length=64)
    springs: tuple[Spring, ...] = Field(default=(), max_length=32)
    motors: tuple[Motor, ...] = Field(default=(), max_length=MOST_MOTORS)


Bundle = Annotated[SceneBundle | AssemblyBundle, Field(discriminator="kind")]


_BUNDLE: TypeAdapter[SceneBundle | AssemblyBundle] = TypeAdapter(Bundle)


def parse_bundle(data: bytes) -> SceneBundle | AssemblyBundle:
    """Parse a `bundle.json` of either kind, bounded and strictly; raises InputError with the first faults."""
    bound_json(data)
    refuse_doubles(data)
    try:
        return _BUNDLE.validate_json(data, strict=True)
    except ValidationError as error:
        raise InputError(describe_validation(error)) from error
