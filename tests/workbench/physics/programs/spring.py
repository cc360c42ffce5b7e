"""A steel block on a vertical slide stands on a compression spring at its free length, and is let go."""

from build123d import Box, Pos

from workbench.authoring import Assembly, screw

spring = Assembly()
spring.part("foot", Pos(0, -30, 190) * Box(60, 60, 20), "al_6061_t6", "laser_cutting")
spring.attach("link", "foot", "post", [screw("shcs_m4x16", (0, 0, z), (0, 1, 0)) for z in (186, 194)], mount="face")
spring.part("weight", Pos(0, -30, 280) * Box(60, 60, 40), "steel_1018", "laser_cutting")
spring.joint("guide", "slide", "weight", parent="foot", axis=(0, 0, 1), limits=(-30, 30))
spring.spring("coil", "spring_c_2_20_60", "foot", "weight", (0, -30, 200), (0, -30, 260))
spring.save()
