"""Whether everything is as it should be: what a workspace holds against its checksums, and how it is mended."""
