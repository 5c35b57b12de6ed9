"""The chapters of the study: each takes a Study and returns a Section."""
