"""Gives text the same shape on every host: the only fonts are those that come with the pinned libraries."""

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from build123d import FontManager
from build123d import text as build123d_text
from OCP.Font import Font_FontMgr, Font_SystemFont
from OCP.TCollection import TCollection_AsciiString

from schemas.errors import InputError

SINGLE_LINE = "Relief SingleLine CAD"
FONTS = ("DejaVu Sans", "DejaVu Sans Mono", "DejaVu Serif", SINGLE_LINE)
"""DejaVu comes with matplotlib, the single-line font with build123d."""
_PATTERNS = ("DejaVuSans.ttf", "DejaVuSans-*.ttf", "DejaVuSansMono*.ttf", "DejaVuSerif.ttf", "DejaVuSerif-*.ttf")
_find_font, _read_font = Font_FontMgr.FindFont, Font_FontMgr.CheckFont


def pin_fonts() -> None:
    """Let text of build123d and cadquery take fonts of FONTS only; any other name or file raises InputError.

    Loads nothing: the host's fonts are forgotten when the first text asks for its font.
    """
    Font_FontMgr.FindFont = _find_pinned
    Font_FontMgr.CheckFont = _refuse_file


def _find_pinned(manager: Font_FontMgr, name: TCollection_AsciiString, *more: Any) -> Font_SystemFont:
    wanted = name.ToCString()
    if wanted not in (*FONTS, "singleline"):
        choice = ", ".join(f"'{font}'" for font in FONTS)
        raise InputError(f"font '{wanted}' is not the same on every host: give text one of font={choice}")
    _load_pinned(manager)
    return _find_font(manager, name, *more)


def _refuse_file(_manager: Font_FontMgr, path: str) -> None:
    raise InputError(f"font file '{path}' is not on every host: name one of {', '.join(FONTS)} by font=")


@cache
def _load_pinned(manager: Font_FontMgr) -> None:
    """Forget the host's fonts and load ours: also what a missing letter falls back to is then ours."""
    manager.ClearFontDataBase()
    spec = find_spec("matplotlib")
    folder = Path((spec and spec.origin) or "").parent / "mpl-data" / "fonts" / "ttf"
    for file in sorted({file for pattern in _PATTERNS for file in folder.glob(pattern)}):
        manager.RegisterFont(_read_font(manager, str(file)), False)
    own = Path(build123d_text.__file__).parent / FontManager.bundled_path
    for _, file_name, single_stroke in FontManager.bundled_fonts:
        FontManager().register_font(str(own / file_name), override=True, single_stroke=single_stroke)
