"""Says whether a scene is a valid benchmark: checks 2 to 8 of mechanics §6, and checks 5 and 6 for bare MJCF."""
