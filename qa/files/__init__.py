"""Documents that come through the server: the folder they are kept in, and their way into the index."""
