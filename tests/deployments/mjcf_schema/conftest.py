"""The schema regenerated once for all tests of this folder."""

import pytest

from deployments.mjcf_schema.generate import SchemaWriter


@pytest.fixture(scope="session")
def writer() -> SchemaWriter:
    """A schema writer that has written nothing yet."""
    return SchemaWriter()


@pytest.fixture(scope="session")
def generated_xsd(writer: SchemaWriter) -> bytes:
    """The schema, generated anew; from then on the writer knows all types."""
    return writer.write()
