"""What is known of English: words, names, clauses, quantities. Used to check what a language model wrote."""
