"""Plain text: lines, sentences, marks, languages and the forms of words."""
