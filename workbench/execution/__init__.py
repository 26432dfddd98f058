"""Studies resolved into plans, and plans run here or in child processes."""
