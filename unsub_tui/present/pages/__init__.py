"""Texts of whole pages, as the app shows and the commands print them."""
