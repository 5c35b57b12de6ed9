"""Measures of quality: pure functions from the frames of a night to one measure frame a table; nothing is judged here."""
