"""Estimators and tests on plain arrays: no files, no tables of patients, no drawing."""
