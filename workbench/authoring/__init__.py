"""What scene and solution programs import: describe an environment or a design in CAD, then `save()` its bundle.

Solids come from build123d or cadquery, in millimetres. A program sees this package, the CAD libraries and `math`.
"""

from schemas.bundle import Goal, Jitter, Range, TrialRanges
from schemas.controllers import Constant, Hold, Oscillate, Point, Schedule, Sinusoidal, Square, Trapezoidal
from workbench.authoring.assembly import Assembly, screw
from workbench.authoring.connections import placed_solids
from workbench.authoring.lookup import find_component, find_material, list_components, list_materials
from workbench.authoring.scene import Scene
from workbench.authoring.solids import bought_solid, tube_around

AUTHORING_VERSION = "1"

__all__ = [
    "AUTHORING_VERSION",
    "Assembly",
    "Constant",
    "Goal",
    "Hold",
    "Jitter",
    "Oscillate",
    "Point",
    "Range",
    "Scene",
    "Schedule",
    "Sinusoidal",
    "Square",
    "Trapezoidal",
    "TrialRanges",
    "bought_solid",
    "find_component",
    "find_material",
    "list_components",
    "list_materials",
    "placed_solids",
    "screw",
    "tube_around",
]
