"""The parsers of the host: what each is given to begin with, and what it may accept."""
