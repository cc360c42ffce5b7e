"""The strict validator of MJCF and the grammar that it reads from the XSD (`deployments.mjcf_schema` writes that)."""
