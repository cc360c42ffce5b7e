"""MJCF: its XSD, generated from MuJoCo itself, and the strict validator that uses it."""
