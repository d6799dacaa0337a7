"""`python -m hotline.calendars YEAR …`: writes the shipped files of these years from chinesecalendar."""

import sys

from hotline.calendars import shipped, sources

for year in sys.argv[1:]:
    sys.stdout.write(f"{shipped.write(sources.published(int(year)))}\n")
