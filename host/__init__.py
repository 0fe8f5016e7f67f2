"""The host's side of the lab: hub, boards, settlement and the command line."""
