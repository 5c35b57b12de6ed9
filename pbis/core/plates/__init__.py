"""A plate as it was read: run, wells, panel, bead regions, ladder of the standards."""
