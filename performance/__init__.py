"""Scripts that measure with real work and print figures; run by `make performance`, `make slow` and `make mutants`."""
