"""Strings only: normalisation, reading order, alphabets."""
