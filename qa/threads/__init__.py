"""Conversations: kept, searched, exported, and their ratings as eval cases."""
