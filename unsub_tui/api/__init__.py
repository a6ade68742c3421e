"""The vendor's HTTP: a signed client for reads, another without any retry for the one call that destroys."""
