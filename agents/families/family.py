"""What a family is: pure functions from draws to parameters to a layout, and how its statement begins."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from agents.families.draw import Draw
from agents.families.layout import Layout
from agents.families.parameters import SceneParameters
from schemas.catalogue import Catalogue

Kind = Literal["static", "mover", "drive"]
Drawn = TypeVar("Drawn", bound=SceneParameters)


@dataclass(frozen=True)
class Family(Generic[Drawn]):
    """One family; of six introductions the last three are kept for tests, `mechanisms` may solve its problems."""

    name: str
    kind: Kind
    intros: tuple[str, str, str, str, str, str]
    sample: Callable[[Draw, Catalogue], Drawn]
    lay_out: Callable[[Drawn, Catalogue], Layout]
    mechanisms: tuple[str, ...]
