"""The plain functions behind the tasks and the one-shot commands."""
