"""Flat INTELLIFLEX exports: one table, a row a well."""
