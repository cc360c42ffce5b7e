"""Training views: tables made from exported data sets for the tools that train on them; nothing here opens a store."""

from records.views.programs import KTO, PREFERENCE, REPAIR, REWARDS, RL, SFT_PROGRAMS
from records.views.writing import find_views, write_views

VIEWS = {view.name: view for view in (SFT_PROGRAMS, PREFERENCE, KTO, REPAIR, RL, REWARDS)}

__all__ = ["VIEWS", "find_views", "write_views"]
