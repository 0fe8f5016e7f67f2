"""The whole lab in one process, on loopback: DCC stub, hub, virtual board and a DCC user."""
