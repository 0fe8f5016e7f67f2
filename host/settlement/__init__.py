"""Reads, settlement periods, aggregation, runs and publication."""
