"""Entry of `python3 -m hotline.setup`; an old Python can read it, and says that it is too old."""

import sys

OLDEST = (3, 11)

if sys.version_info < OLDEST:
    found = ".".join(str(part) for part in sys.version_info[:3])
    sys.exit(
        "set-up: Python 3.11 or newer is needed and {} is {}; name another with PYTHON=...".format(  # noqa: UP032
            sys.executable, found
        )
    )

from hotline.setup.main import main  # noqa: E402  (only a Python that is new enough may read it)

sys.exit(main(sys.argv[1:]))
