"""The mechanical core: what runs inside a sandbox, on untrusted geometry, and nowhere else."""
