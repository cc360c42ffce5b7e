"""The steps that flows chain: plain functions that compose agents, sandboxes and records, and thin Prefect tasks over them."""
