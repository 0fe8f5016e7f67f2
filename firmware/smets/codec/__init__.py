"""Records, fields and readers: the machinery every format is declared with."""
