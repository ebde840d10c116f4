"""Bytes of a file to documents: one module for each format, offsets kept."""
