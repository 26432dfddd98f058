"""One training: its identity, its events, their fold, and its folder on disk."""
