"""Judging answers offline: cases and answers -> scores. The system under test arrives as a callable."""
