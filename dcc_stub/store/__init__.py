"""Everything the DCC remembers, in one SQLite file that survives power loss."""
