"""Judges a design without simulating it: where it is, what holds it, what it overlaps, whether its machine works."""
