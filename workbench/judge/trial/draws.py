"""The runtime jitter of every trial (mechanics §7), drawn from a key that only judge jobs hold."""

import hashlib
import hmac
import math
from dataclasses import dataclass, field

import numpy as np

from schemas.bundle import MOST_MOTORS, Range, SceneBundle
from schemas.jobs import Draws
from workbench.kernel.arrays import Floats


@dataclass(frozen=True)
class TrialDraw:
    """What one trial changes; payload arrays are (payloads, ...), `phase` (contracts,), `torque` (drives,).

    `motor_torque` (16,) is for the design's motors, by their number.
    """

    index: int
    shift_mm: Floats
    yaw_rad: Floats
    speed: Floats
    mass: Floats
    phase: Floats
    torque: Floats
    motor_torque: Floats
    friction_range: Range
    friction_seed: bytes = field(default=b"", repr=False)

    def friction(self, one: str, other: str) -> float:
        """Return the friction factor of two bodies: the same for every hull of both, and in every design."""
        if not self.friction_seed:
            return 1.0
        low, high = self.friction_range.min, self.friction_range.max
        word = hmac.digest(self.friction_seed, "|".join(sorted((one, other))).encode(), "sha256")
        return low + (high - low) * int.from_bytes(word[:8]) / 2.0**64


def draw_nominal(scene: SceneBundle) -> TrialDraw:
    """Return the trial without any jitter, phase 0 and full torque."""
    payloads, ones = len(scene.payloads), np.ones(len(scene.payloads))
    return TrialDraw(
        index=0,
        shift_mm=np.zeros((payloads, 3)),
        yaw_rad=np.zeros(payloads),
        speed=ones,
        mass=ones,
        phase=np.zeros(len(scene.motion_contracts)),
        torque=np.ones(len(scene.drives)),
        motor_torque=np.ones(MOST_MOTORS),
        friction_range=scene.task.ranges.friction,
    )


def derive_seed(draws: Draws, series: str = "") -> bytes:
    """Return HMAC-SHA256(key, benchmark:purpose:submission[:series]): 32 bytes that only the key's holder can make."""
    text = f"{draws.benchmark}:{draws.purpose}:{draws.submission}" + (f":{series}" if series else "")
    return hmac.digest(bytes.fromhex(draws.key_hex), text.encode(), "sha256")


def draw_trials(scene: SceneBundle, draws: Draws, count: int, series: str = "") -> tuple[TrialDraw, ...]:
    """Return `count` trials; `series` separates families of draws within one job (half-step trials)."""
    seed = derive_seed(draws, series)
    return tuple(_draw_trial(scene, seed, index) for index in range(count))


def _draw_trial(scene: SceneBundle, seed: bytes, index: int) -> TrialDraw:
    rng = np.random.default_rng([*np.frombuffer(seed, dtype="<u4").tolist(), index])
    jitters = [payload.jitter for payload in scene.payloads]
    ranges, payloads = scene.task.ranges, len(jitters)
    shift_mm = rng.uniform(-1.0, 1.0, (payloads, 3)) * np.array([jitter.position_mm for jitter in jitters])
    yaw_rad = rng.uniform(-1.0, 1.0, payloads) * np.array([math.radians(jitter.yaw_deg) for jitter in jitters])
    speed = 1.0 + rng.uniform(-1.0, 1.0, payloads) * np.array([jitter.speed_fraction for jitter in jitters])
    uniform = np.array([float(contract.phase == "uniform") for contract in scene.motion_contracts])
    return TrialDraw(
        index=index,
        shift_mm=shift_mm,
        yaw_rad=yaw_rad,
        speed=speed,
        mass=rng.uniform(ranges.payload_mass.min, ranges.payload_mass.max, payloads),
        phase=rng.uniform(0.0, 1.0, len(uniform)) * uniform,
        torque=rng.uniform(ranges.motor_torque.min, ranges.motor_torque.max, len(scene.drives)),
        motor_torque=rng.uniform(ranges.motor_torque.min, ranges.motor_torque.max, MOST_MOTORS),
        friction_range=ranges.friction,
        friction_seed=hashlib.sha256(seed + index.to_bytes(4)).digest(),
    )
