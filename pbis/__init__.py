"""From a plate export dropped in the evening to a score per patient in the morning."""

__version__ = "0.1.0"
