"""The access control broker: who may do what, counters, MACs, delivery, responses."""
