"""What the suites share: servers that they start themselves."""
