"""What `hanlab bench` measures: one module or folder a benchmark, and what they share."""
