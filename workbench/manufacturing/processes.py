"""Lists the processes that are offered.

Each is a module of one shape, and a new one is a new file of it:

- `plan(view, rules)` measures the solid and returns its findings, and how it would be made: a plan record with all that
  a price depends on but the quantity, None where no machine makes it;
- `charge(plan, use, pieces, catalogue)` returns what that many pieces cost, charge by charge.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from schemas.bundle import ProcessName
from schemas.catalogue import Catalogue, Use
from schemas.verdict import PartFinding
from workbench.kernel.solid_view import SolidView
from workbench.manufacturing import (
    cnc_milling,
    cnc_turning,
    fdm_printing,
    injection_molding,
    laser_cutting,
    sheet_metal_bending,
    sls_printing,
)
from workbench.manufacturing.charges import Charge
from workbench.manufacturing.part_rules import PartRules
from workbench.manufacturing.parts import Plan


class Process(NamedTuple):
    """How a process checks and plans a part, and what it charges for its own kind of plan."""

    plan: Callable[[SolidView, PartRules], tuple[list[PartFinding], Plan | None]]
    charge: Callable[[Any, Use, int, Catalogue], tuple[Charge, ...]]


PROCESSES: Mapping[ProcessName, Process] = {
    ProcessName.CNC_MILLING: Process(cnc_milling.plan, cnc_milling.charge),
    ProcessName.CNC_TURNING: Process(cnc_turning.plan, cnc_turning.charge),
    ProcessName.SLS_PRINTING: Process(sls_printing.plan, sls_printing.charge),
    ProcessName.FDM_PRINTING: Process(fdm_printing.plan, fdm_printing.charge),
    ProcessName.INJECTION_MOLDING: Process(injection_molding.plan, injection_molding.charge),
    ProcessName.SHEET_METAL_BENDING: Process(sheet_metal_bending.plan, sheet_metal_bending.charge),
    ProcessName.LASER_CUTTING: Process(laser_cutting.plan, laser_cutting.charge),
}
