"""The training engine (torch)."""
