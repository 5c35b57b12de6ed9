"""What every reader of plates is made of: wells, blocks, grids, notes, and the frame that they fill."""
