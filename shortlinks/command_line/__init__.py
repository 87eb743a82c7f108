"""The command line, `python -m shortlinks …`: one file a group of commands.

A command registers in `program.COMMANDS`, by name and where it is. What has a call of the API goes through that call, in this
process (`here.Here.ask`), so that shapes, checks and sentences are written once; the rest goes to the core.
"""
