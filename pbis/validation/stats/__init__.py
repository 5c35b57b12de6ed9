"""The estimators of a validation, each beside R."""
