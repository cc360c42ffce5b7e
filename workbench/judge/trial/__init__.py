"""Judges motion: trials, what each draws, and what is watched in them."""
