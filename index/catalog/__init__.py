"""The truth about documents and chunks in SQLite, and the words of the chunks in tantivy."""
