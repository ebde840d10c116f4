"""Other programs over the same documents and questions."""
