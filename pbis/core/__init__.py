"""The pure part: no file, database, clock, random number or environment is touched below this package."""
