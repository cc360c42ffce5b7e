"""The stages that flows chain, one thin Prefect task a file; what they do is in `steps`."""
