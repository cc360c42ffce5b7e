"""What a verdict must know of the machine: the CPU model, and the versions that judge."""

import re
from functools import cache
from pathlib import Path

import mujoco

from schemas.verdict import JUDGE_VERSION, Hashes


@cache
def read_cpu_model() -> str:
    """Return the CPU's model name; a judge job calls this first while it is warmed, where /proc is still in reach."""
    text = Path("/proc/cpuinfo").read_text()
    match = re.search(r"^(?:model name|Hardware|CPU part)\s*:\s*(.+)$", text, re.MULTILINE)
    return match.group(1).strip()[:400] if match else "unknown"


def write_hashes(
    scene: str, assembly: str | None, catalogue: str, mjcf: str | None = None, benchmark: str | None = None
) -> Hashes:
    """Return the hashes and versions that a verdict depends on."""
    return Hashes(
        scene=scene,
        benchmark=benchmark,
        assembly=assembly,
        catalogue=catalogue,
        mjcf=mjcf,
        judge_version=JUDGE_VERSION,
        mujoco_version=mujoco.__version__,
        cpu_model=read_cpu_model(),
    )
