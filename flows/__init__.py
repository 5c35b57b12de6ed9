"""Orchestration and nothing else; the only home of prefect. What a step does is in pbis.pipeline."""

from flows.quiet import silence

silence()
