"""Plate layouts, a row a well or drawn as the plate."""
