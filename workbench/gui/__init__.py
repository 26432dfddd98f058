"""The window: a skin over the same core that the command line uses."""
