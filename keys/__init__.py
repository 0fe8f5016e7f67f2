"""The test PKI: root, issuing, organisation and device certificates."""
