"""Files that people wrote: the validator accepts those MuJoCo accepts, and refuses the mutations it refuses."""

from pathlib import Path

import numpy as np
from lxml import etree

from workbench.mjcf.attribute_probe import parse_refusal
from workbench.mjcf.validate import validate_mjcf

MUTATIONS = 600
DISAGREEMENT_MAX = 0.01
LEAVES_FOLDER = "leaves its folder"
"""The one thing this project refuses in these files and MuJoCo does not."""


def test_validate_agrees_with_mujoco_on_real_models(real_models: dict[Path, bytes]) -> None:
    disagreed = []
    for file, xml in real_models.items():
        findings = [finding for finding in validate_mjcf(xml) if LEAVES_FOLDER not in finding.message]
        if bool(findings) != bool(parse_refusal(xml.decode())):
            disagreed.append((file.name, findings[:2]))
    assert disagreed == []


def _mutate(root: etree._Element, rng: np.random.Generator) -> str:
    """Change one thing of a random element that has attributes; return what was changed."""
    nodes = [node for node in root.iter() if node.attrib]
    node = nodes[rng.integers(len(nodes))]
    name = str(rng.choice(sorted(str(key) for key in node.attrib)))
    value = node.get(name, "")
    change = int(rng.integers(5))
    if change == 0:
        node.set(f"{name}q", node.attrib.pop(name))
    elif change == 1:
        node.tag = f"{node.tag}q"
    else:
        node.set(name, (f"{value}q", f"{value} 1 1 1 1 1 1", value.split(" ")[0])[change - 2])
    return f"{node.tag}@{name}={node.get(name)!r}"


def test_validate_refuses_mutations_that_mujoco_refuses(real_models: dict[Path, bytes]) -> None:
    rng = np.random.default_rng([7, 0])
    sound = [xml for xml in real_models.values() if len(xml) < 20_000 and not validate_mjcf(xml)]
    survivors, refused = [], 0
    for _ in range(MUTATIONS):
        root = etree.fromstring(sound[rng.integers(len(sound))])
        change = _mutate(root, rng)
        mutated = etree.tostring(root)
        refusal = parse_refusal(mutated.decode())
        refused += bool(refusal)
        if refusal and not validate_mjcf(mutated):
            survivors.append((change, refusal))
    assert refused >= MUTATIONS // 3
    assert len(survivors) <= DISAGREEMENT_MAX * refused, survivors
