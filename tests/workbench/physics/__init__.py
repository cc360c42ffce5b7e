"""Holds every row of the table in mechanics §2 against its closed form, on the way that a real design takes.

| row | test |
| --- | --- |
| free fall | test_motion: ball_falls |
| block sliding, creep, stick threshold | test_motion: block_slides, block_sticks; test_touching: block_slides |
| seams, mirror images | test_runways: seams_of_one_solid, mirrored_scene |
| sphere and cylinder rolling; tube, torus | test_motion: round_payload_rolls; test_scene_features: ring_rolls |
| hoop, disc, sphere down 10° | test_scene_features: hoop_disc_and_sphere_race |
| rebound, on plates of 1 to 20 mm | test_contacts: ball_rebounds, plastic_ball_rebounds |
| 10 mm ball at 4 m/s on a 1 mm plate | test_contacts: fast_ball_does_not_tunnel |
| ball in a half-pipe | test_runways: ball_returns_to_its_height |
| compound pendulum | test_motion: pendulum_swings |
| mass, centre, inertia; pose; two parts fastened | test_bodies: mass_and_inertia, corners_stand, fastened_parts |
| motor lifts, no-load speed | test_bodies: motor_lifts, motor_reaches |
| conveyor; ball through openings | test_contacts: conveyor_brings, ball_passes |
| box topples at tan θ = w / h | test_touching: block_topples |
| two-mass seesaw | test_mechanisms: lever_tips_to_the_greater_moment |
| gears 3:1 under load | test_mechanisms: geared_motor_lifts, coupling_keeps |
| spring launch | test_mechanisms: spring_launches |
| lever on its own bracket's stop | test_mechanisms: lever_rests_on_the_stop |
"""
