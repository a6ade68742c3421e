"""A run: submit the confirmed units one by one, find out what became of each, and write down every step."""
