"""The question before it is looked up: made whole from the conversation."""
