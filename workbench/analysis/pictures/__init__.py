"""Figures for a paper as PNG, SVG and PDF, drawn without a display."""
