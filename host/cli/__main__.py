"""`python -m host.cli`."""

from host.cli.main import main

main()
