"""The nouns: strict frozen records, settings, errors, reason codes and the MJCF schema."""
