"""Where arrangements come from: published files, public libraries, and the files shipped with the hotline."""
