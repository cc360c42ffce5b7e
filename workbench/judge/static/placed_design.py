"""A design in its scene, as its static checks look at it."""

from dataclasses import dataclass
from functools import cached_property

from schemas.bundle import AssemblyBundle, SceneBundle
from schemas.catalogue import Catalogue
from schemas.components import Component, Rack, SpurGear
from workbench.convert.contact_pairs import COMPONENT_MATERIAL
from workbench.convert.groups import find_rigid_sets
from workbench.judge.static.intersections import list_still
from workbench.kernel.loading import LoadedBundle, Solid
from workbench.kernel.overlaps import Placed


@dataclass(frozen=True)
class PlacedDesign:
    """A scene and a design in it; its bodies by id, with their catalogue rows and what is rigid with each."""

    environment: LoadedBundle
    design: LoadedBundle
    catalogue: Catalogue

    @property
    def scene(self) -> SceneBundle:
        """Return the record of the scene."""
        return self.environment.scene

    @property
    def assembly(self) -> AssemblyBundle:
        """Return the record of the design."""
        return self.design.assembly

    @cached_property
    def own(self) -> tuple[Placed, ...]:
        """Return the design's bodies."""
        return tuple(Placed(body_id, solid.shape) for body_id, solid in self.design.solids.items())

    @cached_property
    def still(self) -> list[Placed]:
        """Return the scene's bodies but for payloads, at t = 0."""
        return list_still(self.environment)

    @property
    def obstacles(self) -> tuple[Placed, ...]:
        """Return what is in the way of screws, tools and springs."""
        return (*self.own, *self.still)

    @cached_property
    def sets(self) -> dict[str, str]:
        """Return for each body of scene and design the first body that it is rigid with."""
        bodies = (*self.scene.bodies, *self.assembly.bodies)
        return find_rigid_sets([body.id for body in bodies], self.assembly)

    def row(self, body_id: str | None) -> Component | None:
        """Return the catalogue's row of a component body."""
        solid = self.design.solids.get(body_id or "")
        return self.catalogue.components.get(solid.body.component_id or "") if solid else None

    def material(self, body_id: str) -> str:
        """Return the material of a body of the design; what is bought is steel unless its row says otherwise."""
        row, body = self.row(body_id), self.solid(body_id).body
        return row.material_id if isinstance(row, SpurGear | Rack) else body.material_id or COMPONENT_MATERIAL

    def solid(self, body_id: str) -> Solid:
        """Return a body of the design in place."""
        return self.design.solids[body_id]

    def rigid_with(self, body_id: str) -> list[Solid]:
        """Return the design's solids that are rigid with a body."""
        return [solid for name, solid in self.design.solids.items() if self.sets[name] == self.sets[body_id]]
