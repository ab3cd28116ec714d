"""Client of the Sources API and validation of a cost management deployment; standard library only."""

__version__ = "1.1.0"
