"""Word, Excel, PowerPoint, OpenDocument and rich text."""
