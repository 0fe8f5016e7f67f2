"""P-256 and AES-GCM in MicroPython's Python, behind the Suite protocol."""
