"""What tests share: starting programs, terminals, sandboxes, stand-ins."""
