"""Single lines as runs read them: an index to look them up, examples, and what is wrong with their labels."""
