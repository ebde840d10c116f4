"""Reading a folder of documents into an index: files -> Document -> Chunk -> vectors and terms."""
