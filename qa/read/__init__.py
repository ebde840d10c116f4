"""From passages to evidence: who reads, what is found, which of it is shown."""
