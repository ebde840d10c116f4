"""The commands of footnote beside `ask`: they put the rooms together."""
