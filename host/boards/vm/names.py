"""The names of the virtual machines, in the order of preference."""

NAMES = ("path", "i386", "amd64", "wasm")
