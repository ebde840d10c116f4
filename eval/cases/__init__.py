"""Eval sets: read, checked against a corpus, matched with answers."""
