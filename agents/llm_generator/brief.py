"""What the next benchmark should be good for: a learning objective, and the bins of the stock that are thin; pure."""

from collections.abc import Mapping

import numpy as np

from agents.families import FAMILIES
from schemas.benchmark import ItemKey
from schemas.messages import Brief
from schemas.record import Measure
from schemas.settings import AgentSettings

INVENTED = "invented"
"""The family of every benchmark that a language model has made."""
OBJECTIVES = (
    "friction against slope: when a payload slides and when it sticks",
    "energy: how fast a payload arrives, and what brings it to rest",
    "clearance: room for every draw of the start, and no more",
    "timing against something that moves periodically",
    "turning the way of a payload that is already moving",
    "torque and leverage of something that turns",
    "strength and stiffness against mass",
    "price: process, material and number of parts at the target quantity",
)
AXES: Mapping[str, tuple[str, ...]] = {
    "family": (*FAMILIES, INVENTED),
    "kind": ("static", "mover", "drive"),
    "payload_shape": ("sphere", "cube", "box", "cylinder", "rod", "ring"),
}
"""The bins of the stock. On each axis the thin bin is the one with the fewest verified benchmarks; the item's own
generator of random numbers, seeded with (seed, index, attempt), breaks ties and draws the learning objective."""


def write_brief(key: ItemKey, stock: Mapping[str, Mapping[str, int]], settings: AgentSettings) -> Brief:
    """Return the brief of an item; `stock` counts the verified benchmarks by axis and value."""
    rng = np.random.default_rng([key.seed, key.index, key.attempt])
    objective = OBJECTIVES[int(rng.integers(len(OBJECTIVES)))]
    counts = {axis: {value: stock.get(axis, {}).get(value, 0) for value in values} for axis, values in AXES.items()}
    thin = []
    for axis, found in counts.items():
        fewest = [value for value, count in found.items() if count == min(found.values())]
        thin.append(f"{axis}: {fewest[int(rng.integers(len(fewest)))]}")
    measures = [
        Measure(name=f"{axis} {value}", value=count, unit="benchmarks")
        for axis, found in counts.items()
        for value, count in found.items()
    ]
    return Brief(
        learning_objective=objective,
        thin_bins=tuple(thin),
        stock=tuple(measures),
        rounds=settings.generator_rounds,
        limits=settings.episode,
    )
