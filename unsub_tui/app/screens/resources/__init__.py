"""The resource list screen."""
