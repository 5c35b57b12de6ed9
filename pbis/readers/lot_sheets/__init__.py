"""Lot sheets of kits, and giving a plate what its sheet says."""
