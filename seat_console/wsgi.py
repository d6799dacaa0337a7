"""What gunicorn runs: one worker with many threads, because the live link lives in one process's memory."""

from hotline import bootstrap, log_lines
from hotline.settings import Settings
from seat_console import create_app
from seat_console.words import WordsFeed

log_lines.log_to_stderr()
settings = Settings.from_env()
hotline = bootstrap.open_hotline(settings)
app = create_app(hotline)
log_lines.put_everywhere()  # also gunicorn's and Socket.IO's
app.extensions["feed"].start()
WordsFeed(app.extensions["live_link"], hotline.storage, bootstrap.open_words(settings).next).start()
