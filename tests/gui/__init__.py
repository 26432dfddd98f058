"""Stores against scripted executors, panels against real stores, the window as a whole."""
