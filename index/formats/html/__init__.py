"""Web pages: the article, its layout and what the markup says of it."""
