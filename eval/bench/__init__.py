"""Benchmarks: speed, memory and quality as ratios against a named alternative in the same run."""
