"""`hanlab bench soak`: mutated messages and documents into everything that strangers reach."""
