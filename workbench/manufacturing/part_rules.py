"""Turn measurements into findings: a measured place against the rules of the catalogue that hold for it."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from schemas.catalogue import Catalogue, ProcessRule, Use
from schemas.verdict import PartFinding
from workbench.kernel.solid_view import Spot
from workbench.kernel.voids import Void


@dataclass(frozen=True)
class PartRules:
    """Measures a part's spots against the rules that hold for one use of the catalogue."""

    part: str
    use: Use
    catalogue: Catalogue

    def limit(self, key: str) -> float:
        """Return the widest limit of a rule key: a measure beyond it breaks no rule.

        Raises InputError where the tables have no such rule.
        """
        _ = self.catalogue.rule(self.use, key)
        return max(float(rule.number) for rule in self.catalogue.find_rules(self.use, key))

    def check(self, key: str, spot: Spot | None, advice: str) -> list[PartFinding]:
        """Return the finding of the severest rule that a spot breaks; nothing where all are kept or no spot exists.

        `advice` may use {measured} and {limit}. Raises InputError where the tables have no such rule.
        """
        _ = self.catalogue.rule(self.use, key)
        return self.check_some(key, spot, advice)

    def check_some(self, key: str, spot: Spot | None, advice: str) -> list[PartFinding]:
        """Return what `check` does, for a question that is asked of some materials or thicknesses alone."""
        if spot is None:
            return []
        broken = [rule for rule in self.catalogue.find_rules(self.use, key) if not rule.admits(spot.measured)]
        return [self.report(broken[0], spot, advice)] if broken else []

    def breaks(self, key: str, spot: Spot) -> bool:
        """Say whether a spot breaks any rule of a key."""
        return any(not rule.admits(spot.measured) for rule in self.catalogue.find_rules(self.use, key))

    def sizes(self, key: str) -> list[float]:
        """Return a set of sizes."""
        return [float(size) for size in self.catalogue.rule(self.use, key).value.split("|")]

    def report(self, rule: ProcessRule, spot: Spot, advice: str) -> PartFinding:
        """Return a finding of a rule at a spot."""
        measured, limit = round(spot.measured, 4), rule.limit_near(spot.measured)
        point = None if spot.point is None else tuple(np.asarray(spot.point, dtype=float).tolist())
        return PartFinding(
            rule_id=rule.rule_id,
            severity=rule.severity,
            part=self.part,
            face=spot.face,
            point_mm=point,
            measured=measured,
            limit=limit,
            unit=rule.unit,
            advice=advice.format(measured=f"{measured:.4g}", limit=f"{limit:g}"),
        )


def least(spots: Iterable[Spot]) -> Spot | None:
    """Return the spot that measures least, None where there is none."""
    return min(spots, key=lambda spot: round(spot.measured, 6), default=None)


def largest(spots: Iterable[Spot]) -> Spot | None:
    """Return the spot that measures most, None where there is none."""
    return max(spots, key=lambda spot: round(spot.measured, 6), default=None)


def find_voids(voids: Iterable[Void], rules: PartRules, advice: str) -> list[PartFinding]:
    """Return a finding for each closed cavity that a process can't make."""
    found = [Spot(1.0, void.faces[0], void.centre_mm) for void in voids]
    return [finding for spot in found for finding in rules.check("closed_cavity_count", spot, advice)]
