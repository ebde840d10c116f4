"""Whether an index is what its texts say, and making it so."""
