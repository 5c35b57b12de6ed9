"""The sections of a validation report: each asks one question, and says in its place what the plates cannot answer."""
