"""What couplings take from a motor: torque, not speed; the lossiest chain counts, branches do not multiply."""

import math

import pytest
from build123d import Box, Pos

from schemas.bundle import AssemblyBundle
from schemas.controllers import Constant
from tests.workbench.judge.machines import MOTOR, belt_drive, bench, screw_drive
from tests.workbench.judge.scenes import catalogue, compiled, load
from workbench.authoring import Assembly
from workbench.convert.actuators import read_efficiency

GEARS, BELT, SCREW = ["gear_m1_20_st", "gear_m1_60_pom"], ["belt_gt2_6"], ["screw_t8x8"]
GEAR_SHARE, BELT_SHARE, SCREW_SHARE = 0.985**2, 0.97, 0.45


@pytest.mark.parametrize(("drive", "share"), [(belt_drive, BELT_SHARE), (screw_drive, SCREW_SHARE)])
def test_losses_scale_the_torque_and_leave_the_no_load_speed(drive, share):
    model, made = compiled(bench(), load(drive().save)).model, drive()
    row = catalogue().components[made.motors[0].component_id]
    gain, bias = model.actuator_gainprm[0, 0], model.actuator_biasprm[0, 2]
    assert gain == pytest.approx(share * row.stall_torque_nm, rel=1e-6)
    assert -gain / bias == pytest.approx(row.no_load_speed_rpm * math.pi / 30, rel=1e-6)


def coupled(*ties) -> tuple[object, AssemblyBundle]:
    """A motor on joint `a`, and couplings (from, to, components) between the joints a, b, c, d."""
    made = Assembly()
    made.part("block", Box(20, 20, 20), "pla", "fdm_printing", loose=True)
    for number, name in enumerate("abcd"):
        made.part(f"arm_{name}", Pos(0, 40 * (number + 1), 0) * Box(9, 9, 9), "pla", "fdm_printing")
        made.joint(name, "hinge", f"arm_{name}", parent="block")
    for number, (one, other, components) in enumerate(ties):
        made.couple(f"tie_{number}", "gears", one, other, -1.0, components)
    made.motor("m", MOTOR, "a", "socket", Constant(level=1.0))
    return made.motors[0], load(made.save).assembly


CHAINS = {
    "none": ((), 1.0),
    "one behind the other": ((("a", "b", GEARS), ("b", "c", BELT)), GEAR_SHARE * BELT_SHARE),
    "against their order": ((("c", "b", BELT), ("b", "a", GEARS)), GEAR_SHARE * BELT_SHARE),
    "side by side": ((("a", "b", GEARS), ("a", "c", GEARS), ("a", "d", GEARS)), GEAR_SHARE),
    "side by side, one worse": ((("a", "b", GEARS), ("a", "c", SCREW)), SCREW_SHARE),
    "a chain beside a worse one": ((("a", "b", GEARS), ("b", "c", BELT), ("a", "d", SCREW)), SCREW_SHARE),
}


@pytest.mark.parametrize(("ties", "share"), CHAINS.values(), ids=CHAINS)
def test_lossiest_chain_counts(ties, share):
    motor, assembly = coupled(*ties)
    assert read_efficiency(motor, assembly, catalogue()) == pytest.approx(share)
