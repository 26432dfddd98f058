"""Tests of the generated demo data."""
