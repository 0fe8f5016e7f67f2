"""Simulated HANs: how many fit a machine, what bad air does to them, what attackers reach."""
