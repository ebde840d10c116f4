"""Documents as units: sentences, rows, items and lines, each with the headings above it and what it hangs on."""
