"""One file per form in which line data lie on disk, and the table of them."""
