"""A study's numbers: pairs, ΔCER, interactions and rates with their intervals, as values, tables and sentences."""
