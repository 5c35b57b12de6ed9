"""The levels of the roll-up: reading, analyte x plate, plate."""
