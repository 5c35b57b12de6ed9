"""The floor under readers and clinical: what a file's bytes hold, before anyone asks what they mean."""
