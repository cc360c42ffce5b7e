"""Checks that a design's motors are fed (mechanics §8): a driver, a supply of their voltage, current for all."""

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial

from schemas.bundle import Motor
from schemas.catalogue import Component
from schemas.reasons import Reason, ReasonCode
from schemas.units import RAD_S_PER_RPM
from workbench.judge.static.placed_design import PlacedDesign
from workbench.reasons import reason_at

VOLTAGE_SHARE = 0.10
ELECTRIC_EFFICIENCY = 0.6
"""Of a gearmotor at best; rows that tell their stall current have 0.5 to 0.7 of V I ÷ (τ_stall ω₀)."""
OWN_DRIVER = frozenset({"smart_servo"})
OWN_LOOP = frozenset({"servo", "smart_servo"})
SUPPLIES = frozenset({"power_supply", "battery"})
_lack = partial(reason_at, ReasonCode.POWER_BUDGET)
_fault = partial(reason_at, ReasonCode.JOINT_INVALID)


def find_power_faults(placed: PlacedDesign) -> Iterator[Reason]:
    """Yield what motors of the catalogue lack; all of a supply may start together, each with its stall current."""
    motors = placed.assembly.motors
    for motor in motors:
        yield from _find_motor_faults(motor, placed)
    for supply in dict.fromkeys(motor.supply for motor in motors):
        yield from _find_supply_faults(supply, [motor for motor in motors if motor.supply == supply], placed)
    yield from _find_driver_faults(motors, placed)


def stall_current_a(row: Component) -> float:
    """Return the catalogue's stall current; without one τ_stall ω₀ ÷ (0.6 V), as the torque line gives it."""
    if row.stall_current_a is not None:
        return row.stall_current_a
    power_w = (row.stall_torque_nm or 0.0) * (row.no_load_speed_rpm or 0.0) * RAD_S_PER_RPM
    return power_w / (ELECTRIC_EFFICIENCY * (row.rated_voltage_v or 1.0))


def _find_motor_faults(motor: Motor, placed: PlacedDesign) -> Iterator[Reason]:
    """Yield why a motor does not drive its joint: it is not there, shares it, or can't follow its controller."""
    joint = next(joint for joint in placed.assembly.joints if joint.id == motor.joint)
    through, row = placed.row(joint.through), placed.catalogue.components[motor.component_id]
    if through is None or through.component_id != motor.component_id:
        yield _fault(motor.id, f"joint '{joint.id}' must run through a body of '{motor.component_id}'")
    if sum(other.joint == motor.joint for other in placed.assembly.motors) > 1:
        yield _fault(motor.id, f"joint '{joint.id}' has several motors: one is enough")
    loop = row.category in OWN_LOOP or "encoder" in row.name
    if motor.controller.kind in ("hold", "oscillate") and not loop:
        yield _fault(motor.id, f"'{motor.component_id}' has no position loop of its own: take a servo or an encoder")


def _find_supply_faults(supply: str, motors: Sequence[Motor], placed: PlacedDesign) -> Iterator[Reason]:
    outlet = next((outlet for outlet in placed.scene.outlets if outlet.id == supply), None)
    row = placed.row(supply)
    if outlet is not None:
        voltage_v, current_a = outlet.voltage_v, outlet.power_w / outlet.voltage_v
    elif row is not None and row.category in SUPPLIES and row.rated_voltage_v and row.rated_current_a:
        voltage_v, current_a = row.rated_voltage_v, row.rated_current_a
    else:
        message = f"'{supply}' is no outlet and no supply whose voltage and current the catalogue tells"
        yield _lack(motors[0].id, message)
        return
    for motor in motors:
        rated_v = placed.catalogue.components[motor.component_id].rated_voltage_v or 0.0
        if not (1.0 - VOLTAGE_SHARE) * rated_v <= voltage_v <= (1.0 + VOLTAGE_SHARE) * rated_v:
            yield _lack(motor.id, f"'{supply}' does not have its voltage to 10 %", supply_v=voltage_v, motor_v=rated_v)
    needed_a = sum(stall_current_a(placed.catalogue.components[motor.component_id]) for motor in motors)
    if needed_a > current_a:
        message = "does not give the stall current of all its motors together"
        yield _lack(supply, message, needed_a=needed_a, supply_a=current_a)


def _find_driver_faults(motors: Sequence[Motor], placed: PlacedDesign) -> Iterator[Reason]:
    """Give each motor a channel of a driver for its kind, the strongest motors first; yield those that get none."""
    bodies = placed.assembly.bodies
    rows = {body.id: row for body in bodies if (row := placed.row(body.id)) is not None and row.driver_for}
    free = Counter({name: row.channels or 1 for name, row in rows.items()})
    components = placed.catalogue.components
    for motor in sorted(motors, key=lambda motor: -stall_current_a(components[motor.component_id])):
        own = components[motor.component_id]
        if own.category in OWN_DRIVER:
            continue
        fitting = [name for name in free if free[name] and _drives(rows[name], own)]
        if fitting:
            free[min(fitting, key=lambda name: rows[name].rated_current_a or 0.0)] -= 1
        else:
            needs = {"stall_current_a": stall_current_a(own), "voltage_v": own.rated_voltage_v or 0.0}
            yield _lack(motor.id, f"no driver in the design has a channel left for a {own.category}", **needs)


def _drives(driver: Component, motor: Component) -> bool:
    fits = motor.category in driver.driver_for and (driver.rated_voltage_v or 0.0) >= (motor.rated_voltage_v or 0.0)
    return fits and (driver.rated_current_a or 0.0) >= stall_current_a(motor)
