"""What services say that Kontor does without."""


class NotPartOfKontor(Exception):
    """The service does not exist in a deployment of Kontor; the message says what there is instead."""
