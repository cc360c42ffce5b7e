"""Training views: tables made from exported data sets for the tools that train on them; nothing here opens a store."""

from records.views.programs import KTO, PREFERENCE, REPAIR, REWARDS, RL, SFT_PROGRAMS
from records.views.traces import ATIF, SESSIONS, SFT
from records.views.view import Document, View
from records.views.writing import find_views, write_views

VIEWS: dict[str, View | Document] = {
    view.name: view for view in (SFT, SFT_PROGRAMS, PREFERENCE, KTO, REPAIR, RL, REWARDS, ATIF, SESSIONS)
}

__all__ = ["VIEWS", "find_views", "write_views"]
