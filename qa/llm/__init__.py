"""Language models: servers, files, and what to do when they fail."""
