"""What the user asks for, and its expansion into runs."""
