"""The terminal: conversation, answers on the screen, traces."""
