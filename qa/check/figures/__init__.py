"""Short answers as figures: their values, where these are stated, and whether two can be of one thing."""
