"""Motors and what feeds them: the torque line τ = τ_stall (1 − ω/ω₀), voltage, current and mass are all there."""

from typing import Annotated, Literal

from pydantic import Field

from schemas.components.bought import Block, Current, Diameter, Force, Rating, Speed, Stroke, Torque, Travel, Voltage
from schemas.sourced import Words

CONTINUOUS_SHARE = 0.25


class Motor(Block):
    """A motor at its output shaft; torque is that of the stall or, where the maker tells no other, the peak."""

    rated_voltage_v: Voltage
    stall_torque_nm: Torque
    no_load_speed_rpm: Speed
    stall_current_a: Current
    rated_torque_nm: Torque | None = None

    @property
    def continuous_torque_nm(self) -> float:
        """Return what it bears for ever: the rated torque, else a quarter of the stall torque."""
        return CONTINUOUS_SHARE * self.stall_torque_nm if self.rated_torque_nm is None else self.rated_torque_nm

    @property
    def continuous_is_derived(self) -> bool:
        """Say whether the continuous torque is a share of the stall torque, because the maker tells none."""
        return self.rated_torque_nm is None


class HobbyServo(Motor):
    """A servo's case with a round output; the tables tell no size of the output: it is half as wide as the case."""

    @property
    def pin_mm(self) -> float:
        """Return the diameter of the output."""
        return self.width_mm / 2.0


class Servo(HobbyServo):
    """A servo with a position loop of its own over its travel; smart ones have their driver inside."""

    category: Literal["servo", "smart_servo"]
    travel_deg: Travel


class ContinuousServo(HobbyServo):
    """A servo without an end, driven by speed."""

    category: Literal["servo_continuous"]


class ShaftMotor(Motor):
    """A motor with a round shaft, whose diameter is `outer_diameter_mm`."""

    category: Literal["gearmotor", "bldc", "bldc_gearmotor", "stepper"]
    outer_diameter_mm: Diameter
    rated_current_a: Current | None = None
    holding_torque_nm: Torque | None = None

    @property
    def pin_mm(self) -> float:
        """Return the diameter of the shaft."""
        return self.outer_diameter_mm


class LinearActuator(Block):
    """A rod that a motor pushes out."""

    category: Literal["linear_actuator"]
    rated_voltage_v: Voltage
    stall_current_a: Current
    max_force_n: Force
    stroke_mm: Stroke
    max_speed_mm_s: Annotated[float, Field(ge=0.5, le=500)]
    static_load_rating_n: Rating | None = None


class Supply(Block):
    """A power supply or battery: its voltage, and the current that it gives."""

    category: Literal["power_supply", "battery"]
    rated_voltage_v: Voltage
    rated_current_a: Current


class Driver(Block):
    """A board that drives motors of some categories, one a channel, up to its voltage and current."""

    category: Literal["motor_driver"]
    rated_voltage_v: Voltage
    rated_current_a: Current
    driver_for: Annotated[Words, Field(min_length=1)]
    channels: Annotated[int, Field(ge=1, le=64)]
