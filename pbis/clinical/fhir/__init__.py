"""FHIR R4 resources as laboratory rows."""
