"""How people and machines come in: the command line."""
