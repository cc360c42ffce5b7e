"""Puts draws into a batch of simulations: payload poses, frictions, masses, drive strength and phase."""

import mujoco
import numpy as np
from mujoco import batch

from schemas.bundle import Drive, Surface
from schemas.units import M_PER_MM, joint_unit
from workbench.convert.settings import TIMESTEP_S
from workbench.judge.trial.contracts import read_followers
from workbench.judge.trial.controllers import evaluate
from workbench.judge.trial.draws import TrialDraw
from workbench.judge.trial.motor_loads import command
from workbench.judge.trial.trial_model import TrialModel
from workbench.kernel.arrays import Floats, Ints
from workbench.kernel.frames import read_rotation


class TrialBatch:
    """One simulation per draw, at its start, with the controls that each needs over time."""

    def __init__(self, subject: TrialModel, draws: tuple[TrialDraw, ...], threads: int, step_s: float) -> None:
        self.subject, self.draws, self.step_s = subject, draws, step_s
        model = subject.model
        model.opt.timestep = step_s
        self.simulations = batch.Batch(model, len(draws), min(threads, len(draws)))
        self.masses_kg = model.body_mass[subject.payload_bodies] * np.array([draw.mass for draw in draws])
        contracts = subject.scene.motion_contracts
        self._phases_s = np.array([draw.phase * [c.period_s or 0.0 for c in contracts] for draw in draws])
        self._delays_s = self._read_delays([c.joint for c in contracts], [d.joint for d in subject.scene.drives])
        self._shifts_s = self._read_delays([c.body for c in contracts], [s.body for s in subject.scene.surfaces])
        self._vary_model()
        self._place()

    def control(self, rows: Ints, times_s: Floats) -> Floats:
        """Return the controls (A, S, nu) that hold during the steps that start at some times, the first one now."""
        drives, motors = self.subject.scene.drives, self.subject.conversion.motors
        controls = np.zeros((len(rows), len(times_s), len(drives) + len(motors)))
        for number, drive in enumerate(drives):
            shifted = times_s + self._delays_s[rows, number, None]
            controls[:, :, number] = evaluate(drive.controller, shifted) * control_unit(self.subject, drive)
        for number, line in enumerate(motors, len(drives)):
            controls[:, :, number] = command(line, self.subject, times_s, self.simulations.bind("qpos")[rows])
        return controls

    def command_speeds(self, rows: Ints, times_s: Floats) -> dict[str, Floats]:
        """Return the speed (A, S) that every drive is told to have in the steps that start at some times, rad/s or m/s.

        A position drive's is that of its target over the step, so that a jump belongs to the step in which it falls.
        """
        speeds = {}
        for number, drive in enumerate(self.subject.scene.drives):
            shifted, unit = times_s + self._delays_s[rows, number, None], control_unit(self.subject, drive)
            level = evaluate(drive.controller, shifted)
            if drive.mode == "position":
                level = (evaluate(drive.controller, shifted + self.step_s) - level) / self.step_s
            speeds[drive.id] = np.asarray(level * unit)
        return speeds

    def set_surfaces(self, time_s: float) -> None:
        """Scale every scheduled conveyor to its level at a time; surfaces without a schedule run always."""
        for number, surface in enumerate(self.subject.scene.surfaces):
            if surface.schedule is not None:
                levels = evaluate(surface.schedule, time_s + self._shifts_s[:, number])
                rows, full = self._find_geoms(surface), self.subject.model.geom_surfacevel
                self.simulations.expand("geom_surfacevel")[:, rows] = levels[:, None, None] * full[rows]

    def surface_velocities(self, rows: Ints, times_s: Floats) -> dict[str, Floats]:
        """Return the velocity (A, S, 3; m/s, world) of every conveyor's surface at some times, by its body."""
        found = {}
        bodies = {body.id: body for body in self.subject.scene.bodies}
        for number, surface in enumerate(self.subject.scene.surfaces):
            full = read_rotation(bodies[surface.body].pose) @ np.array(surface.velocity_mm_s) * M_PER_MM
            shifted = times_s + self._shifts_s[rows, number, None]
            levels = np.ones(shifted.shape) if surface.schedule is None else evaluate(surface.schedule, shifted)
            found[surface.body] = levels[:, :, None] * full
        return found

    def force_limits(self, rows: Ints) -> Floats:
        """Return the greatest force (A, nu) of every actuator in N or N·m, infinite without a limit."""
        model, drawn = self.subject.model, self.simulations.expanded("actuator_forcerange")
        ranges = np.broadcast_to(model.actuator_forcerange, (len(self.draws), model.nu, 2)) if drawn is None else drawn
        return np.where(model.actuator_forcelimited, ranges[rows, :, 1], np.inf)

    def surface_speeds(self) -> dict[str, Floats]:
        """Return how fast the surface of every conveyor, by its body, moves now in every trial (A,), in m/s."""
        now = self.simulations.expand("geom_surfacevel")
        surfaces = self.subject.scene.surfaces
        return {s.body: np.linalg.norm(now[:, self._find_geoms(s), :3], axis=2).max(axis=1) for s in surfaces}

    def _find_geoms(self, surface: Surface) -> list[int]:
        return [geom for geom, body in self.subject.geom_bodies.items() if body == surface.body]

    def _read_delays(self, promised: list[str | None], driven: list[str]) -> Floats:
        """Return how far into its controller everything driven starts (trials, driven): its contract's drawn phase."""
        none = np.zeros(len(self.draws))
        found = [self._phases_s[:, promised.index(name)] if name in promised else none for name in driven]
        return np.array(found).reshape(len(driven), len(self.draws)).T

    def _vary_model(self) -> None:
        subject, draws = self.subject, self.draws
        if subject.model.npair:
            names = sorted(set(subject.pair_bodies))
            factors = {name: [draw.friction(*name) for draw in draws] for name in names}
            scale = np.array([factors[name] for name in subject.pair_bodies]).T
            self.simulations.expand("pair_friction")[:] = subject.model.pair_friction * scale[:, :, None]
        mass = np.array([draw.mass for draw in draws])
        self.simulations.expand("body_mass")[:, subject.payload_bodies] *= mass
        self.simulations.expand("body_inertia")[:, subject.payload_bodies] *= mass[:, :, None]
        for number, drive in enumerate(subject.scene.drives):
            actuator = subject.model.actuator(drive.id).id
            torque = np.array([draw.torque[number] for draw in draws])
            self.simulations.expand("actuator_forcerange")[:, actuator] *= torque[:, None]
        for number, line in enumerate(subject.conversion.motors):
            actuator = subject.model.actuator(f"part/{line.motor.id}").id
            torque = np.array([draw.motor_torque[number] for draw in draws])
            self.simulations.expand("actuator_gainprm")[:, actuator] *= torque[:, None]
            self.simulations.expand("actuator_biasprm")[:, actuator] *= torque[:, None]
        if subject.model.npair:
            self._adapt_bounces()
        self.simulations.set_const()

    def _adapt_bounces(self) -> None:
        """Let a bounce take one step, whatever the step is: the damping in the file is that of its own step."""
        solref = self.simulations.expand("pair_solref")
        bounces = self.subject.model.pair_solref[:, 0] == 0.0
        solref[:, bounces, 1] *= TIMESTEP_S / self.step_s

    def _place(self) -> None:
        subject, simulations = self.subject, self.simulations
        simulations.reset(stage=mujoco.mjtStage.mjSTAGE_NONE)
        qpos, qvel = simulations.bind("qpos"), simulations.bind("qvel")
        self._start_drives(qvel)
        self._place_joints(qpos, qvel)
        for index, payload in enumerate(subject.scene.payloads):
            place, speed = subject.payload_places[index], subject.payload_speeds[index]
            for row, draw in enumerate(self.draws):
                pose = subject.model.qpos0[place : place + 7]
                turned = _turn_upright(pose[3:], draw.yaw_rad[index])
                offset = _rotate(pose[3:], subject.payload_shapes[index].centre_m)
                moved = offset - _rotate(turned, subject.payload_shapes[index].centre_m)
                qpos[row, place : place + 3] = pose[:3] + draw.shift_mm[index] * M_PER_MM + moved
                qpos[row, place + 3 : place + 7] = turned
                velocity = np.array(payload.velocity_mm_s) * M_PER_MM * draw.speed[index]
                qvel[row, speed : speed + 3] = velocity

    def _start_drives(self, qvel: Floats) -> None:
        """Let velocity and position drives run already at t = 0, with the speed that they are told."""
        rows = np.arange(len(self.draws))
        speeds = self.command_speeds(rows, np.array([0.0]))
        for drive in self.subject.scene.drives:
            if drive.mode != "torque":
                qvel[:, self.subject.model.joint(drive.joint).dofadr[0]] = speeds[drive.id][:, 0]

    def _place_joints(self, qpos: Floats, qvel: Floats) -> None:
        """Start movers and drives where their drawn phase finds them in their undisturbed motion."""
        contracts = self.subject.scene.motion_contracts
        if not self._phases_s.any():
            return
        steps = int(np.ceil(self._phases_s.max() / self.step_s)) + 2
        positions, speeds = record_undisturbed(self.subject, steps, self.step_s)
        numbers = {contract.id: number for number, contract in enumerate(contracts)}
        for follower in read_followers(self.subject):
            at = np.rint(self._phases_s[:, numbers[follower.contract.id]] / self.step_s).astype(int)
            qpos[:, follower.place] = positions[at, follower.place]
            qvel[:, follower.speed] = speeds[at, follower.speed]


def record_undisturbed(subject: TrialModel, steps: int, step_s: float) -> tuple[Floats, Floats]:
    """Return qpos (steps + 1, nq) and qvel of the nominal motion in which payloads touch nothing."""
    model = subject.model
    lone = batch.Batch(model, 1, 1)
    if subject.payload_pairs:
        lone.expand("pair_margin")[:, subject.payload_pairs] = subject.payload_gaps_m
    times_s = step_s * np.arange(steps, dtype=np.float64)
    drives, idle = subject.scene.drives, [np.zeros(steps)] * len(subject.conversion.motors)
    levels = [evaluate(drive.controller, times_s) * control_unit(subject, drive) for drive in drives] + idle
    control = np.stack(levels, axis=-1)[None] if levels else None
    speeds = lone.bind("qvel")
    for drive, level in zip(drives, levels, strict=False):
        if drive.mode != "torque":
            running = level[0] if drive.mode == "velocity" else (level[1] - level[0]) / step_s
            speeds[0, model.joint(drive.joint).dofadr[0]] = running
    start = np.array(model.qpos0)[None], np.array(speeds)
    seen = lone.rollout(steps, control, record=("qpos", "qvel"))
    return np.vstack([start[0], seen["qpos"][0]]), np.vstack([start[1], seen["qvel"][0]])


def control_unit(subject: TrialModel, drive: Drive) -> float:
    """Return MuJoCo's control per unit of the controller: positions are degrees or mm, all else SI already."""
    joints = {joint.id: joint for joint in subject.scene.joints}
    return joint_unit(joints[drive.joint].kind) if drive.mode == "position" else 1.0


def _turn_upright(quaternion: Floats, yaw_rad: float) -> Floats:
    turned, yaw = np.zeros(4), np.array([np.cos(yaw_rad / 2), 0.0, 0.0, np.sin(yaw_rad / 2)])
    mujoco.mju_mulQuat(turned, yaw, quaternion)
    return turned


def _rotate(quaternion: Floats, vector: Floats) -> Floats:
    turned = np.zeros(3)
    mujoco.mju_rotVecQuat(turned, vector, quaternion)
    return turned
