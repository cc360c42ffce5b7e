"""Mechanisms that the reference engineer knows: parametric designs with a first guess from the problem's geometry."""

from agents.mechanisms.catch_tray import CATCH_TRAY
from agents.mechanisms.chute import CHUTE
from agents.mechanisms.counterweight import COUNTERWEIGHT
from agents.mechanisms.deflector import DEFLECTOR
from agents.mechanisms.descent import DESCENT
from agents.mechanisms.fence import FENCE
from agents.mechanisms.hopper import HOPPER
from agents.mechanisms.mechanism import Mechanism
from agents.mechanisms.pusher import PUSHER
from agents.mechanisms.scoop import SCOOP
from agents.mechanisms.scraper import SCRAPER
from agents.mechanisms.span import SPAN
from agents.mechanisms.wedge import WEDGE

MECHANISMS: tuple[Mechanism, ...] = (
    DEFLECTOR,
    FENCE,
    CHUTE,
    SCRAPER,
    CATCH_TRAY,
    WEDGE,
    DESCENT,
    SPAN,
    HOPPER,
    COUNTERWEIGHT,
    PUSHER,
    SCOOP,
)
"""In order of expected cost: a cut sheet is cheaper than a print."""
