"""Rows of tables: which of them answer, told by the cells that the question names."""
