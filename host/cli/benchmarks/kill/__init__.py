"""`hanlab bench kill`: the lab's programs killed while a supplier reads and switches a meter."""
