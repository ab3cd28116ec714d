"""Clients of the services that a deployment is made of."""
