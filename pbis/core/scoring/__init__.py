"""The score: cut-offs, three-valued components, nearness to a cut, and the sum."""
