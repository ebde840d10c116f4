"""Documents as units."""
