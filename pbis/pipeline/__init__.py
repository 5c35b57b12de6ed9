"""The steps of a night as plain functions, and their order; flows wrap them, nothing here knows an orchestrator."""
