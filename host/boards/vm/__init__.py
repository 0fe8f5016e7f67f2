"""MicroPython virtual machines: finding, fetching and running them."""
