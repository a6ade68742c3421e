"""Inventory: what resources are doing and what is known of their backups, from the read-only APIs of the services."""
