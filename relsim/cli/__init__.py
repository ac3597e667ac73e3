"""The command line: each command reads its options, calls the library, and prints.

A command is a function, entered in `app`. Nothing is computed here that
a user of the library could not call. It may import from every room, and no room imports from it;
what is heavy is imported inside the command that needs it, so that ``relsim --help`` is quick.
Begin with `replay_command`.
"""
