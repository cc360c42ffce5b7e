"""Reads solids: loads, measures, meshes and places them; each question about a solid is answered here, once."""
