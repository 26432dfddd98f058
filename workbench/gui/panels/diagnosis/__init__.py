"""Dialogs of the menu Help: whether the workspace is whole, what this machine is, and a report for somebody else."""
