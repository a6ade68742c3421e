"""Read-only clients of the services beside billing. They answer with lists and facts, never with exceptions."""
