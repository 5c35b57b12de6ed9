"""Sections of pages, each by itself: its rows, and the template that shows them."""
