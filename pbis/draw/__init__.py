"""The drawing kit of pages and studies: scales, axes, marks as SVG text, a palette, and the machinery of a page."""
