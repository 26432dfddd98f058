"""Qt item models of lists that can grow."""
