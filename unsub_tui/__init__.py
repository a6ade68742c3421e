"""unsub-tui: clean up Huawei Cloud yearly/monthly resources from a terminal."""

__version__ = "0.1.0"
