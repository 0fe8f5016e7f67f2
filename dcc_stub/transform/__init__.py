"""Service requests to GBCS commands, GBCS responses to results."""
