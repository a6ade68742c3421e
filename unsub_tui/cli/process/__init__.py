"""What the process does for its own safety, and how it ends."""
