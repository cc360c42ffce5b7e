"""The catalogue's components as solids: drawn from their rows, and put in the place of what a program has drawn."""
