"""The store's schema as a chain of revisions, each with one purpose."""
