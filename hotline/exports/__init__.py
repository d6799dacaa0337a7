"""Tables of tickets as files for spreadsheets, written row by row in constant memory."""
