"""The only importers of machine, network and sockets: composition for a board."""
