"""htr-workbench: controlled experiments in handwritten text recognition."""

__version__ = "0.1.0"
