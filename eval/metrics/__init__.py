"""What is measured: answers, retrieval, grounding, with intervals."""
