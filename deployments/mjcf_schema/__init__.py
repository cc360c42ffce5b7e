"""Writes the XSD of MJCF that `workbench.mjcf` validates by, from the MuJoCo wheel."""
