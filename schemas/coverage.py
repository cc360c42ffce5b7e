"""How often scenes have each feature and each drawn value: what is rare or missing is thin."""

from schemas.record import Record, ShortText

THIN_SHARE = 0.05
"""A feature in fewer scenes is thin; a family is below half of an equal share, since 22 can't have 5 % each."""


class Share(Record):
    """How many of `whole` scenes have a value: of a feature, a family, a parameter that is a word."""

    of: ShortText
    value: ShortText
    scenes: int
    whole: int
    thin: bool = False

    @property
    def share(self) -> float | None:
        """Return the share of the scenes, None of no scenes."""
        return self.scenes / self.whole if self.whole else None


class Spread(Record):
    """How a parameter is spread from the least to the most that was drawn: scenes in ten bins, none for one value."""

    name: ShortText
    unit: ShortText
    least: float
    most: float
    bins: tuple[int, ...]

    @property
    def empty(self) -> int:
        """Return how many bins have no scene."""
        return self.bins.count(0)


class DrawnGroup(Record):
    """The parameters that a family draws alone, or, without its name, those of all."""

    family: ShortText | None
    scenes: int
    words: tuple[Share, ...]
    numbers: tuple[Spread, ...]


class CoverageReport(Record):
    """The features and parameters of verified scenes."""

    scenes: int
    features: tuple[Share, ...]
    groups: tuple[DrawnGroup, ...]

    @property
    def thin(self) -> tuple[str, ...]:
        """Return what is thin: features below their share, then parameters with empty bins."""
        rare = [one.value if one.of == "feature" else f"{one.of} {one.value}" for one in self.features if one.thin]
        gaps = [f"{group.family or 'all'}.{one.name}" for group in self.groups for one in group.numbers if one.empty]
        return (*rare, *gaps)
