"""A study as files for others: CSV, LaTeX, HTML, and bundles that give the same tables elsewhere."""
