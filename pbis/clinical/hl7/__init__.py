"""HL7 v2 messages as laboratory rows."""
