"""A question to passages: words and vectors, fused and reranked."""
