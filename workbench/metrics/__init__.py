"""Edit counts, error rates and alignments."""
