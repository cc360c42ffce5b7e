"""Pictures of scenes and designs for people."""
