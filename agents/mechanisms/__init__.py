"""Mechanisms that the reference engineer knows: parametric designs with a first guess from the problem's geometry."""

from agents.mechanisms.chute import CHUTE
from agents.mechanisms.deflector import DEFLECTOR
from agents.mechanisms.mechanism import Mechanism

MECHANISMS: tuple[Mechanism, ...] = (DEFLECTOR, CHUTE)
"""In order of expected cost: a cut sheet is cheaper than a print."""
