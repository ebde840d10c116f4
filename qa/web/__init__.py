"""The page and the application that serves it."""
