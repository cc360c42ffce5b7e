"""Movers apart from each other: on a spring, on a ball joint, held by friction, pushed by a torque, and free."""

from build123d import Box, Pos, Sphere

from workbench.authoring import Constant, Goal, Jitter, Range, Scene, TrialRanges

STIFFNESS_N_M = 200.0
FRICTION_NM = 0.1
TORQUE_NM = 0.02

scene = Scene()
scene.mover("cart", Pos(-300, 0, 0) * Box(40, 40, 40), "steel_1018")
scene.joint("spring", "slide", "cart", axis=(0, 0, 1), limits=(-100, 20), stiffness=STIFFNESS_N_M)
scene.mover("bob", Pos(10, 0, -200) * Sphere(15), "steel_1018")
scene.joint("ball", "ball", "bob", anchor=(0, 0, 0), limits=(0, 30))
scene.mover("flap", Pos(320, 0, 0) * Box(40, 40, 4), "pla")
scene.joint("stuck", "hinge", "flap", anchor=(300, 0, 0), axis=(0, 1, 0), friction_loss=FRICTION_NM)
scene.driven("wheel", Pos(500, 0, 0) * Box(60, 60, 60), "al_6061_t6")
scene.joint("axle", "hinge", "wheel", anchor=(500, 0, 0), axis=(0, 1, 0))
scene.drive("push", "axle", "torque", Constant(level=TORQUE_NM), limit=0.05)
scene.mover("stone", Pos(700, 0, 0) * Box(20, 20, 20), "pla")
scene.mover("free_stone", Pos(800, 0, 0) * Box(20, 20, 20), "pla")
scene.joint("loose", "free", "free_stone")
scene.payload("load", Pos(0, 500, 0) * Sphere(10), "pla", Goal(zone="goal"), jitter=Jitter(position_mm=(1, 1, 1)))
scene.zones(workspace=((-900,) * 3, (900,) * 3), build=((-9,) * 3, (9,) * 3), goals={"goal": ((-5,) * 3, (5,) * 3)})
scene.task(
    "move",
    horizon_s=5,
    quantity=1,
    processes=["fdm_printing"],
    materials=["pla"],
    max_stored_energy_j=0.5,
    ranges=TrialRanges(friction=Range(min=1, max=1)),
)
scene.save()
