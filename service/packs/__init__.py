"""Content on disk to domain.Pack: read, check, freeze."""
