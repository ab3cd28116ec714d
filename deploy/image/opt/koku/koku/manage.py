"""Where Koku's management commands were: hands each to the verb of kontor with its name."""

import os
import sys

os.execvp("kontor", ["kontor", *sys.argv[1:]])
