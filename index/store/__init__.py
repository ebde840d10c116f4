"""Vectors in Chroma: written by one, read by many, a generation at a time."""
