"""The worker that a sandbox runs: takes jobs from the host, encloses each, answers."""
