"""Forms: what a page may send, checked field by field."""
