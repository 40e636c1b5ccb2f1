"""Where people meet the tables: the command line, the report, the web page, exports."""
