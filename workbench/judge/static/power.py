"""Checks that a design's motors are fed (mechanics §8): a driver, a supply of their voltage, current for all."""

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial

from schemas.bundle import Motor
from schemas.components import Driver, Servo, Supply
from schemas.components import Motor as MotorRow
from schemas.reasons import Reason, ReasonCode
from workbench.judge.static.placed_design import PlacedDesign
from workbench.reasons import reason_at

VOLTAGE_SHARE = 0.10
OWN_DRIVER = frozenset({"smart_servo"})
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


def _read_motor(motor: Motor, placed: PlacedDesign) -> MotorRow:
    row = placed.catalogue.components[motor.component_id]
    if not isinstance(row, MotorRow):
        raise ValueError(f"'{motor.component_id}' is no motor")
    return row


def _find_motor_faults(motor: Motor, placed: PlacedDesign) -> Iterator[Reason]:
    """Yield why a motor does not drive its joint: it is not there, shares it, or can't follow its controller."""
    joint = next(joint for joint in placed.assembly.joints if joint.id == motor.joint)
    through, row = placed.row(joint.through), _read_motor(motor, placed)
    if through is None or through.component_id != motor.component_id:
        yield _fault(motor.id, f"joint '{joint.id}' must run through a body of '{motor.component_id}'")
    if sum(other.joint == motor.joint for other in placed.assembly.motors) > 1:
        yield _fault(motor.id, f"joint '{joint.id}' has several motors: one is enough")
    loop = isinstance(row, Servo) or "encoder" in row.name
    if motor.controller.kind in ("hold", "oscillate") and not loop:
        yield _fault(motor.id, f"'{motor.component_id}' has no position loop of its own: take a servo or an encoder")


def _find_supply_faults(supply: str, motors: Sequence[Motor], placed: PlacedDesign) -> Iterator[Reason]:
    outlet = next((outlet for outlet in placed.scene.outlets if outlet.id == supply), None)
    row = placed.row(supply)
    if outlet is not None:
        voltage_v, current_a = outlet.voltage_v, outlet.power_w / outlet.voltage_v
    elif isinstance(row, Supply):
        voltage_v, current_a = row.rated_voltage_v, row.rated_current_a
    else:
        message = f"'{supply}' is no outlet and no supply whose voltage and current the catalogue tells"
        yield _lack(motors[0].id, message)
        return
    for motor in motors:
        rated_v = _read_motor(motor, placed).rated_voltage_v
        if not (1.0 - VOLTAGE_SHARE) * rated_v <= voltage_v <= (1.0 + VOLTAGE_SHARE) * rated_v:
            yield _lack(motor.id, f"'{supply}' does not have its voltage to 10 %", supply_v=voltage_v, motor_v=rated_v)
    needed_a = sum(_read_motor(motor, placed).stall_current_a for motor in motors)
    if needed_a > current_a:
        message = "does not give the stall current of all its motors together"
        yield _lack(supply, message, needed_a=needed_a, supply_a=current_a)


def _find_driver_faults(motors: Sequence[Motor], placed: PlacedDesign) -> Iterator[Reason]:
    """Give each motor a channel of a driver for its kind, the strongest motors first; yield those that get none."""
    bodies = placed.assembly.bodies
    rows = {body.id: row for body in bodies if isinstance(row := placed.row(body.id), Driver)}
    free = Counter({name: row.channels for name, row in rows.items()})
    for motor in sorted(motors, key=lambda motor: -_read_motor(motor, placed).stall_current_a):
        own = _read_motor(motor, placed)
        if own.category in OWN_DRIVER:
            continue
        fitting = [name for name in free if free[name] and _drives(rows[name], own)]
        if fitting:
            free[min(fitting, key=lambda name: rows[name].rated_current_a)] -= 1
        else:
            needs = {"stall_current_a": own.stall_current_a, "voltage_v": own.rated_voltage_v}
            yield _lack(motor.id, f"no driver in the design has a channel left for a {own.category}", **needs)


def _drives(driver: Driver, motor: MotorRow) -> bool:
    fits = motor.category in driver.driver_for and driver.rated_voltage_v >= motor.rated_voltage_v
    return fits and driver.rated_current_a >= motor.stall_current_a
