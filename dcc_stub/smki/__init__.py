"""The SMKI repository as DCC users query it: certificate search and retrieval."""
