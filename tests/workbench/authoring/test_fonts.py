"""Text is the same solid on every host: only pinned fonts, any other is told."""

import pytest

from tests.workbench.authoring.conftest import Build
from workbench.kernel.loading import LoadedBundle, load_bundle
from workbench.kernel.measuring import measure

PROGRAM = """
import cadquery as cq
from build123d import Box, FontManager, FontStyle, Pos, Text, extrude
from workbench.authoring import Assembly

design = Assembly()
design.part("sign", {sign}, "pla", "fdm_printing")
fonts = sorted(font.name for font in FontManager().available_fonts())
assert fonts == ["DejaVu Sans", "DejaVu Sans Mono", "DejaVu Serif", "Relief SingleLine CAD"], fonts
design.save()
"""
SIGNS = {
    'extrude(Text("L", 10, font="DejaVu Sans"), 2)': 20.27397,
    'extrude(Text("L", 10, font="DejaVu Serif", font_style=FontStyle.BOLD), 2)': 36.96299,
    'Box(40, 9, 2) + extrude(Text("Workpiece 中", 3, font="DejaVu Sans Mono"), 2)': 731.37319,
    'cq.Workplane().text("L", 10, 2, font="DejaVu Sans")': 20.27397,
    'extrude(Text("L", 10, font="singleline", single_line_width=1), 2)': 21.22352,
}
"""Solids of programs and their volumes (mm3) by the fonts of the pinned libraries."""
REFUSED = """
import cadquery as cq
from build123d import Box, Text
from workbench.authoring import Assembly

FILE = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"
try:
    {text}
except Exception as error:
    assert str(error).startswith({told!r}), str(error)
else:
    raise AssertionError("text was made")
design = Assembly()
design.part("box", Box(9, 9, 9), "pla", "fdm_printing")
design.save()
"""
TOLD = {
    'Text("A", 10)': "font 'Arial' is not the same on every host: give text one of font='DejaVu Sans', ",
    'Text("A", 10, font="NoSuchFont")': "font 'NoSuchFont' is not the same on every host",
    'cq.Workplane().text("A", 10, 2)': "font 'Arial' is not the same on every host",
    'Text("A", 10, font_path=FILE)': "font file '/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf' is not on every host",
    'cq.Workplane().text("A", 10, 2, fontPath=FILE)': "font file '/usr/share/fonts/",
}


@pytest.mark.parametrize("sign", SIGNS)
def test_text_is_the_same_solid_on_every_host(build: Build, sign: str) -> None:
    bundle = load_bundle(build(PROGRAM.format(sign=sign)))
    assert isinstance(bundle, LoadedBundle)
    assert measure(bundle.solids["sign"].shape).volume_mm3 == pytest.approx(SIGNS[sign], abs=1e-3)


@pytest.mark.parametrize("text", TOLD)
def test_text_in_a_font_of_the_host_is_told(build: Build, text: str) -> None:
    assert "box.brep" in build(REFUSED.format(text=text, told=TOLD[text]))
