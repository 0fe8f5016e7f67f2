"""The core: bytes and the time in, bytes out. No sockets, files, clocks, machine or network."""
