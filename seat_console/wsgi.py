"""What gunicorn runs: one worker with many threads, because the live link lives in one process's memory."""

from hotline import bootstrap
from hotline.settings import Settings
from seat_console import create_app

bootstrap.log_to_stderr()
app = create_app(bootstrap.open_hotline(Settings.from_env()))
app.extensions["feed"].start()
