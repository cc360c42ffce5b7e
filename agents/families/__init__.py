"""Families of benchmarks: parameters, sampling, statements and layouts, without CAD."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any

from pydantic import WithJsonSchema

from agents.families.conveyor_divert import FAMILY as CONVEYOR_DIVERT
from agents.families.drop_chute import FAMILY as DROP_CHUTE
from agents.families.family import Family
from agents.families.funnel_catch import FAMILY as FUNNEL_CATCH
from agents.families.gap_bridge import FAMILY as GAP_BRIDGE
from agents.families.lift import FAMILY as LIFT
from agents.families.oscillating_tray import FAMILY as OSCILLATING_TRAY
from agents.families.pendulum_hazard import FAMILY as PENDULUM_HAZARD
from agents.families.push import FAMILY as PUSH
from agents.families.seesaw import FAMILY as SEESAW
from agents.families.soft_landing import FAMILY as SOFT_LANDING
from agents.families.speed_bump import FAMILY as SPEED_BUMP
from agents.families.swing_gate import FAMILY as SWING_GATE
from agents.families.turntable import FAMILY as TURNTABLE
from agents.families.wall_route import FAMILY as WALL_ROUTE

FAMILIES: Mapping[str, Family[Any]] = MappingProxyType(
    {
        family.name: family
        for family in (
            DROP_CHUTE,
            PENDULUM_HAZARD,
            CONVEYOR_DIVERT,
            WALL_ROUTE,
            SOFT_LANDING,
            SPEED_BUMP,
            GAP_BRIDGE,
            FUNNEL_CATCH,
            PUSH,
            TURNTABLE,
            SEESAW,
            LIFT,
            SWING_GATE,
            OSCILLATING_TRAY,
        )
    }
)
"""Every family by name; a new one is a module and a line here."""

FamilyName = Annotated[str, WithJsonSchema({"type": "string", "enum": list(FAMILIES)})]
"""A family as forms offer it."""
