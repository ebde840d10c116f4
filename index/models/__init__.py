"""Which models there are, where they lie, and what runs them."""
