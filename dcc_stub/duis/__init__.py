"""DUIS XML: documents, records, signatures, service reference variants, response codes."""
