"""Programs that others make: found on this machine, or fetched into the lab's cache."""
