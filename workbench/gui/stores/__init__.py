"""State, commands and one changed signal each."""
