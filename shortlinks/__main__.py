"""`python -m shortlinks`: run the service, or one of its commands; `command_line` holds them."""

import sys

from shortlinks.command_line.program import main

if __name__ == "__main__":
    sys.exit(main())
