"""The command line; the only place that composes host, dcc_stub and keys."""
