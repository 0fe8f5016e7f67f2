"""Lets modules shared with CPython say `from __future__ import annotations`."""

annotations = True
