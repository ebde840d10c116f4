"""Answering questions from an index: question -> passages -> evidence -> claims -> verified Answer."""
