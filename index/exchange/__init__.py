"""An index as tables to take along, and back."""
