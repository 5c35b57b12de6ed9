"""The version of this code; it stands in a module of its own so that what is named by it need not import the door."""

__version__ = "0.1.0"
