"""Parts at the edge of each rule."""

from pathlib import Path

import pytest

from schemas.catalogue import Catalogue
from schemas.catalogue_files import load_catalogue


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return load_catalogue(Path(__file__).parents[3] / "data")
