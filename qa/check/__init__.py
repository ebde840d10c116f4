"""What is certain about an answer: its values, its conflicts, its quotes."""
