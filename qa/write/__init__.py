"""From chosen evidence to statements with footnotes."""
