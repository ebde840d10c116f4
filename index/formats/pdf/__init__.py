"""PDF by geometry: words to lines, columns, tables and text in reading order."""
