"""Zigbee and Smart Energy: what goes over the air, and the security below it."""
