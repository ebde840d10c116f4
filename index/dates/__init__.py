"""Dates in words and markup: when a document was published, when something happened, when a state was true."""
