"""Who thinks: the procedural generator with its families, and the reference engineer with its mechanisms."""
