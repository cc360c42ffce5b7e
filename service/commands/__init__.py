"""The commands, a file for each panel of `workpiece --help`; what they need is imported when they run."""
