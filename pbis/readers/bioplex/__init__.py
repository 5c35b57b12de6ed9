"""Bio-Plex Manager: workbooks and XML."""
