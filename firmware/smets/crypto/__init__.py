"""Primitives in MicroPython's Python, behind the protocols Suite and ZigbeeSuite.

For test keys only: big-integer arithmetic, table look-ups and the garbage collector take time and
leave traces that depend on the key. Tags are compared without an early exit; nothing else here is
constant-time.
"""
