"""The steps of a validation, one file each; cli.py has them in their order."""
