"""What index prints: reports, documents, plain text for terminals."""
