"""Intervals and tests from counts per cluster of lines and per training. Numbers only: nothing here knows a study."""
