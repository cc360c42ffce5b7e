"""What runs: one Prefect flow per file, whose body reads as the pipeline."""
