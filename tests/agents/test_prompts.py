"""What prompts hold: their version, the pages in their places, the lines of a statement that are read back."""

import re

import pytest

from agents.prompts import AUTHORING, FOLDER, PLACES, load_prompt
from agents.statement_reading import FORMS, read_statement

NAMES = sorted(path.stem for path in FOLDER.glob("*.md"))
VALUES = {"id": "cube", "shape": "box", "material": "pla", "mass": "27.5", "reach": "90"}
PAIRS = "pla 0.46, abs 0.434"


@pytest.mark.parametrize("name", NAMES)
def test_prompt_is_sent_with_its_places_filled(name: str) -> None:
    prompt = load_prompt(name)
    assert prompt.version.isdigit() and not re.search(r"\{\{\w+\}\}", prompt.text)
    assert ("{{authoring}}" in prompt.source) == (AUTHORING.read_text().strip() in prompt.text)
    assert set(re.findall(r"\{\{\w+\}\}", prompt.source)) <= set(PLACES)


def test_coder_is_told_the_lines_that_the_reference_engineer_reads() -> None:
    """What a coder writes who fills the prompt's own forms in reads back, number by number."""
    lines = [line for line in load_prompt("coder").text.splitlines() if line in FORMS.values()]
    assert lines == list(FORMS.values())
    numbers = iter(range(1, 100))

    def fill(found: re.Match[str]) -> str:
        return PAIRS if found[1] == "pairs" else VALUES.get(found[1]) or str(next(numbers))

    facts = read_statement("\n".join(re.sub(r"<(\w+)>", fill, line).replace("…", "so it is:") for line in lines))
    assert (facts.payload.body, facts.payload.shape, facts.payload.mass_g) == ("cube", "box", 27.5)
    assert (facts.payload.size_mm, facts.payload.centre_mm) == ((1, 2, 3), (4, 5, 6))
    assert (facts.boxes["cube"].min_mm, facts.boxes["cube"].max_mm) == ((7, 8, 9), (10, 11, 12))
    assert facts.friction == {"pla": 0.46, "abs": 0.434}
    (swing,) = facts.swings
    assert (swing.hinge_mm, swing.radius_mm, swing.axis) == ((13, 14, 15), 90, (16, 17, 18))
