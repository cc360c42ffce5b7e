"""Draws a scene with its design by MuJoCo offscreen: zones as translucent boxes, and the payloads' nominal trail."""

import math
import struct
import zlib
from dataclasses import dataclass

import mujoco
import numpy as np
from numpy.typing import NDArray

from schemas.catalogue import Catalogue
from schemas.jobs import RenderDesign
from schemas.units import M_PER_MM
from workbench.convert import convert
from workbench.judge.trial.draws import draw_nominal
from workbench.judge.trial.motion import SAMPLE_S, STEP_S
from workbench.judge.trial.trial_batch import TrialBatch
from workbench.judge.trial.trial_model import TrialModel, compile_model
from workbench.judge.trial.trials import RunOptions, run_trials
from workbench.kernel.arrays import Floats
from workbench.kernel.frames import read_zone
from workbench.kernel.loading import LoadedBundle
from workbench.reasons import Refused
from workbench.render.drawings import draw_part
from workbench.render.film import choose_times, write_gif, write_gltf

Bytes = NDArray[np.uint8]
VIEW_GROUP, ZONE_GROUP = 2, 4
AZIMUTHS_DEG, ELEVATIONS_DEG = range(20, 380, 30), (-24.0, -36.0, -50.0)
TRAIL_RGBA = np.array([0.93, 0.35, 0.13, 1.0], dtype=np.float32)
TRAIL_DOTS = 120
TRAIL_RADIUS_M = 0.0018
SKY_RGB = ((0.98, 0.98, 1.0), (0.80, 0.85, 0.90))
SKY_PX = 64
MOST_GEOMS = 20_000
FILM = {"width_px": 480, "height_px": 360}
EVERY = 3
"""A glTF has every third sample, between which viewers interpolate."""


@dataclass(frozen=True)
class NominalTrial:
    """The nominal trial: states every 10 ms (n, nq) from t = 0 on, and the payloads' centres (n, P, 3)."""

    states: Floats
    centres: Floats


def render_design(
    job: RenderDesign, scene: LoadedBundle, design: LoadedBundle | None, catalogue: Catalogue
) -> dict[str, bytes] | Refused:
    """Return `view_<k>.png` for every time and `drawing_<part>.svg` for every part, or why nothing can be drawn.

    A film adds `trial.gif` and `trial.glb`.
    """
    conversion = convert(scene, design, catalogue)
    subject = conversion if isinstance(conversion, Refused) else compile_model(scene.scene, conversion)
    if isinstance(subject, Refused):
        return subject
    nominal = _run_nominal(subject, max(job.times_s, default=0.0))
    pictures = {f"view_{number}.png": encode_png(one) for number, one in enumerate(_paint(job, subject, nominal))}
    if job.film:
        end_s = SAMPLE_S * (len(nominal.states) - 1)
        small = job.model_copy(update=FILM | {"times_s": choose_times(end_s)})
        pictures["trial.gif"] = write_gif(_paint(small, subject, nominal))
        pictures["trial.glb"] = write_gltf(subject.model, nominal.states[::EVERY], EVERY * SAMPLE_S, VIEW_GROUP)
    if job.drawings and design is not None:
        for body_id, solid in design.solids.items():
            pictures[f"drawing_{body_id}.svg"] = draw_part(solid.shape)
    return pictures


def _run_nominal(subject: TrialModel, until_s: float) -> NominalTrial:
    """Simulate the nominal trial to its end, or to the last picture."""
    nominal = (draw_nominal(subject.scene),)
    trials = run_trials(subject, nominal, RunOptions()).trials
    end_s = max(until_s, *(trial.end_s for trial in trials.values()))
    batch, rows, per = TrialBatch(subject, nominal, 1, STEP_S), np.array([0]), round(SAMPLE_S / STEP_S)
    states = [np.array(batch.simulations.bind("qpos")[0])]
    for sample in range(math.ceil(end_s / SAMPLE_S - 1e-9)):
        times_s = sample * SAMPLE_S + STEP_S * np.arange(per, dtype=np.float64)
        batch.set_surfaces(float(times_s[0]))
        control = batch.control(rows, times_s) if subject.model.nu else None
        states.append(batch.simulations.rollout(per, control, record=("qpos",))["qpos"][0, -1])
    found = np.array(states)
    centres = np.stack([found[:, place : place + 3] for place in subject.payload_places], axis=1)
    return NominalTrial(found, centres)


def _paint(job: RenderDesign, subject: TrialModel, nominal: NominalTrial) -> list[Bytes]:
    """Return a picture (height, width, 3) for every time."""
    model = _add_sky(subject)
    data = mujoco.MjData(model)
    data.qpos[:] = nominal.states[0]
    mujoco.mj_forward(model, data)
    camera = _aim(subject, data, nominal, job.width_px / job.height_px)
    option = mujoco.MjvOption()
    option.geomgroup[:] = 0
    option.geomgroup[VIEW_GROUP] = 1
    option.sitegroup[:] = 0
    option.sitegroup[ZONE_GROUP] = 1
    pictures = list[Bytes]()
    with mujoco.Renderer(model, job.height_px, job.width_px, max_geom=MOST_GEOMS) as renderer:
        for time_s in job.times_s:
            data.qpos[:] = nominal.states[min(round(time_s / SAMPLE_S), len(nominal.states) - 1)]
            mujoco.mj_forward(model, data)
            renderer.update_scene(data, camera, option)
            if job.trail:
                _add_trail(renderer.scene, nominal)
            pictures.append(renderer.render())
    return pictures


def _add_sky(subject: TrialModel) -> mujoco.MjModel:
    """Return the model with a light background; nothing else differs."""
    spec = mujoco.MjSpec.from_string(subject.conversion.xml.decode(), assets=dict(subject.conversion.assets))
    sky = {"type": mujoco.mjtTexture.mjTEXTURE_SKYBOX, "builtin": mujoco.mjtBuiltin.mjBUILTIN_GRADIENT}
    spec.add_texture(name="sky", rgb1=SKY_RGB[0], rgb2=SKY_RGB[1], width=SKY_PX, height=SKY_PX, **sky)
    return spec.compile()


def _add_trail(scene: mujoco.MjvScene, nominal: NominalTrial) -> None:
    """Join the payloads' centres by capsules."""
    count = len(nominal.centres)
    chosen = nominal.centres[np.unique(np.linspace(0, count - 1, min(count, TRAIL_DOTS)).astype(int))]
    capsule = mujoco.mjtGeom.mjGEOM_CAPSULE
    for start, end in zip(chosen[:-1].reshape(-1, 3), chosen[1:].reshape(-1, 3), strict=True):
        geom = scene.geoms[scene.ngeom]
        mujoco.mjv_initGeom(geom, capsule, np.zeros(3), np.zeros(3), np.zeros(9), TRAIL_RGBA)
        mujoco.mjv_connector(geom, capsule, TRAIL_RADIUS_M, start, end)
        scene.ngeom += 1


def _aim(subject: TrialModel, data: mujoco.MjData, nominal: NominalTrial, aspect: float) -> mujoco.MjvCamera:
    """Return the camera that sees most of the trail and the goals, framing trail, goals and build zone."""
    zones = subject.scene.zones
    boxes = [read_zone(zone) * M_PER_MM for zone in (zones.build_zone, *zones.goal_zones)]
    workspace = read_zone(zones.workspace) * M_PER_MM
    trail = np.clip(nominal.centres.reshape(-1, 3), *workspace)
    low = np.min([trail.min(axis=0), *(box[0] for box in boxes)], axis=0)
    high = np.max([trail.max(axis=0), *(box[1] for box in boxes)], axis=0)
    marks = np.vstack([trail[:: max(1, len(trail) // 40)], *(np.mean(box, axis=0)[None] for box in boxes[1:])])
    camera = mujoco.MjvCamera()
    camera.lookat[:] = (low + high) / 2.0
    half = math.radians(float(subject.model.vis.global_.fovy)) / 2.0
    camera.distance = float(np.linalg.norm(high - low)) / 2.0 / math.sin(half) / min(1.0, aspect) * 0.85
    best = -1
    for elevation in ELEVATIONS_DEG:
        for azimuth in AZIMUTHS_DEG:
            eye = np.array(camera.lookat) - camera.distance * _direction(azimuth, elevation)
            seen = _count_seen(subject, data, eye, marks)
            if seen > best:
                best, camera.azimuth, camera.elevation = seen, float(azimuth), elevation
    return camera


def _direction(azimuth_deg: float, elevation_deg: float) -> Floats:
    azimuth, elevation = math.radians(azimuth_deg), math.radians(elevation_deg)
    flat = math.cos(elevation)
    return np.array([flat * math.cos(azimuth), flat * math.sin(azimuth), math.sin(elevation)])


def _count_seen(subject: TrialModel, data: mujoco.MjData, eye: Floats, marks: Floats) -> int:
    groups = np.zeros(6, dtype=np.uint8)
    groups[VIEW_GROUP] = 1
    hit, seen, payload = np.zeros(1, dtype=np.int32), 0, int(subject.payload_bodies[0])
    for mark in marks:
        distance = mujoco.mj_ray(subject.model, data, eye, mark - eye, groups, 1, payload, hit)
        seen += distance < 0.0 or distance >= 1.0
    return seen


def encode_png(pixels: Bytes) -> bytes:
    """Return an RGB image (height, width, 3) as PNG (RFC 2083) without time stamp."""
    height, width, _ = pixels.shape
    rows = np.hstack([np.zeros((height, 1), dtype=np.uint8), pixels.reshape(height, width * 3)])
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(rows.tobytes(), 6)), (b"IEND", b""))
    chunks = [
        struct.pack(">I", len(body)) + tag + body + struct.pack(">I", zlib.crc32(tag + body)) for tag, body in parts
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)
