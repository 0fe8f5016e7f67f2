"""What every GBCS device does: credentials, replay counters, commands, logs, stored state."""
