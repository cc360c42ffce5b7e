"""The steps that flows chain: plain functions over agents, sandboxes and records, and thin Prefect tasks."""
