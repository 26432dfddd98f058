"""Tables, differences and intervals from finished runs, and their export."""
