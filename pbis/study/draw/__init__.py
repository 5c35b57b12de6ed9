"""Drawing as text: self-contained SVG that reads the same in the report, in a browser and in a slide."""
