"""From domain objects to words and cells that a person reads. Pure functions; no terminal library."""
