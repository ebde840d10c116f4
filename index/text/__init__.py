"""Plain text: lines, sentences, marks, languages and the forms of words. Knows nothing of documents."""
