"""Shows the nominal trial in motion: as an animated glTF that any viewer opens, and as a GIF for pages."""

import io
from collections.abc import Sequence
from typing import Any

import mujoco
import numpy as np
import pygltflib as gltf
from numpy.typing import NDArray
from PIL import Image

from workbench.kernel.arrays import Floats

FRAME_S = 0.08
"""GIFs count hundredths of a second, and many viewers slow down what is faster than 0.02 s."""
MOST_FRAMES = 75
COLOURS = 128
UPRIGHT = [-(0.5**0.5), 0.0, 0.0, 0.5**0.5]
"""MuJoCo's z is up, glTF's y."""


def choose_times(end_s: float) -> tuple[float, ...]:
    """Return the times of a film's frames; long trials are shown faster."""
    step_s = max(FRAME_S, end_s / MOST_FRAMES)
    return tuple(float(time_s) for time_s in np.arange(0.0, end_s + step_s / 2.0, step_s))


def write_gif(frames: Sequence[NDArray[np.uint8]]) -> bytes:
    """Return RGB images (height, width, 3) as a GIF that repeats, in the colours of its beginning, middle and end."""
    images = [Image.fromarray(frame) for frame in frames]
    shown = [np.asarray(images[place]) for place in (0, len(images) // 2, -1)]
    palette = Image.fromarray(np.vstack(shown)).quantize(COLOURS, dither=Image.Dither.NONE)
    drawn = [image.quantize(palette=palette, dither=Image.Dither.NONE) for image in images]
    stream = io.BytesIO()
    drawn[0].save(stream, "GIF", save_all=True, append_images=drawn[1:], duration=int(1000 * FRAME_S), loop=0)
    return stream.getvalue()


def write_gltf(model: mujoco.MjModel, states: Floats, sample_s: float, group: int) -> bytes:
    """Return the drawn bodies of a model as glTF, each moved as its states (n, nq) say; lengths in metres.

    The format is glTF 2.0's binary one: https://registry.khronos.org/glTF/specs/2.0/glTF-2.0.html
    """
    writer = _Writer()
    bodies = {}
    for body in range(1, model.nbody):
        first = model.body_geomadr[body]
        geoms = [
            geom
            for geom in range(first, first + model.body_geomnum[body])
            if model.geom_group[geom] == group and model.geom_type[geom] == mujoco.mjtGeom.mjGEOM_MESH
        ]
        if geoms:
            bodies[body] = writer.add_body(model.body(body).name, [_read_mesh(model, geom) for geom in geoms])
    positions, turns = _move(model, states)
    times = writer.add(np.arange(len(states)) * sample_s, "SCALAR")
    for body, node in bodies.items():
        if np.ptp(positions[:, body], axis=0).max() > 0.0 or np.ptp(turns[:, body], axis=0).max() > 0.0:
            writer.animate(node, "translation", times, positions[:, body])
            writer.animate(node, "rotation", times, turns[:, body])
        else:
            writer.place(node, positions[0, body], turns[0, body])
    return writer.finish()


def _read_mesh(model: mujoco.MjModel, geom: int) -> tuple[Floats, NDArray[np.uint32], list[float]]:
    """Return vertices in the body's frame, triangles and colour of a geom."""
    mesh = model.geom_dataid[geom]
    first, count = model.mesh_vertadr[mesh], model.mesh_vertnum[mesh]
    faces = model.mesh_face[model.mesh_faceadr[mesh] : model.mesh_faceadr[mesh] + model.mesh_facenum[mesh]]
    turn = np.zeros(9)
    mujoco.mju_quat2Mat(turn, model.geom_quat[geom])
    vertices = model.mesh_vert[first : first + count] @ turn.reshape(3, 3).T + model.geom_pos[geom]
    return vertices, faces.astype(np.uint32), [float(part) for part in model.geom_rgba[geom]]


def _move(model: mujoco.MjModel, states: Floats) -> tuple[Floats, Floats]:
    """Return where every body is (n, bodies, 3) and how it is turned (n, bodies, 4), x, y, z, w as glTF has it."""
    data, positions, turns = mujoco.MjData(model), [], []
    for state in states:
        data.qpos[:] = state
        mujoco.mj_kinematics(model, data)
        positions.append(np.array(data.xpos))
        turns.append(np.array(data.xquat)[:, [1, 2, 3, 0]])
    return np.array(positions), np.array(turns)


class _Writer:
    """Gathers what a glTF file holds; accessors and nodes are named by their numbers."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._file = gltf.GLTF2(
            asset=gltf.Asset(generator="workpiece"),
            scene=0,
            scenes=[gltf.Scene(nodes=[0])],
            nodes=[gltf.Node(name="world", rotation=UPRIGHT, children=[])],
            animations=[gltf.Animation(name="trial")],
        )

    def add(self, values: Sequence[Any] | NDArray[Any], kind: str) -> int:
        """Add numbers, floats or indices, and return their accessor."""
        indices = np.asarray(values).dtype == np.uint32
        rows = np.ascontiguousarray(values, dtype=np.uint32 if indices else np.float32)
        flat = rows.reshape(len(rows), -1)
        view = gltf.BufferView(buffer=0, byteOffset=len(self._data), byteLength=rows.nbytes)
        self._file.bufferViews.append(view)
        self._data += rows.tobytes()
        self._file.accessors.append(
            gltf.Accessor(
                bufferView=len(self._file.bufferViews) - 1,
                componentType=gltf.UNSIGNED_INT if indices else gltf.FLOAT,
                count=len(rows),
                type=kind,
                min=flat.min(axis=0).tolist(),
                max=flat.max(axis=0).tolist(),
            )
        )
        return len(self._file.accessors) - 1

    def add_body(self, name: str, meshes: Sequence[tuple[Floats, NDArray[np.uint32], list[float]]]) -> int:
        """Add a body with what is drawn of it, and return its node."""
        drawn = []
        for vertices, triangles, colour in meshes:
            look = gltf.PbrMetallicRoughness(baseColorFactor=colour, metallicFactor=0.0, roughnessFactor=0.8)
            mode = gltf.BLEND if colour[3] < 1.0 else gltf.OPAQUE
            self._file.materials.append(gltf.Material(pbrMetallicRoughness=look, alphaMode=mode, doubleSided=True))
            corners = gltf.Attributes(POSITION=self.add(vertices, "VEC3"))
            faces = self.add(triangles.reshape(-1), "SCALAR")
            drawn.append(gltf.Primitive(attributes=corners, indices=faces, material=len(self._file.materials) - 1))
        self._file.meshes.append(gltf.Mesh(name=name, primitives=drawn))
        self._file.nodes.append(gltf.Node(name=name, mesh=len(self._file.meshes) - 1))
        self._file.nodes[0].children.append(len(self._file.nodes) - 1)
        return len(self._file.nodes) - 1

    def place(self, node: int, position: Floats, turn: Floats) -> None:
        """Let a node stand where it is."""
        self._file.nodes[node].translation, self._file.nodes[node].rotation = position.tolist(), turn.tolist()

    def animate(self, node: int, path: str, times: int, values: Floats) -> None:
        """Let a node follow values, one for each time."""
        found = self._file.animations[0]
        output = self.add(values, "VEC3" if path == "translation" else "VEC4")
        found.samplers.append(gltf.AnimationSampler(input=times, output=output, interpolation=gltf.ANIM_LINEAR))
        target = gltf.AnimationChannelTarget(node=node, path=path)
        found.channels.append(gltf.AnimationChannel(sampler=len(found.samplers) - 1, target=target))

    def finish(self) -> bytes:
        """Return the file; a scene in which nothing moves has no animation."""
        if not self._file.animations[0].channels:
            self._file.animations = []
        self._file.buffers = [gltf.Buffer(byteLength=len(self._data))]
        self._file.set_binary_blob(bytes(self._data))
        return b"".join(self._file.save_to_bytes())
