"""The simulated network co-processor: EZSP commands in, answers and callbacks out."""
